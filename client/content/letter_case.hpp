#pragma once

#include <filesystem>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

/// Throws Error (kFileSystem) where the manifest has two names that differ only in upper and lower case and
/// the file system of `folder`, which must be there, takes them for one: the second file would overwrite the
/// first.
void require_letter_case(const manifest::Manifest& manifest, const std::filesystem::path& folder);

/// The same with `tells_case` asked instead of a file system, and only where it matters.
void require_letter_case(const manifest::Manifest& manifest, const std::filesystem::path& folder,
                         bool (*tells_case)(const std::filesystem::path& folder));

}  // namespace shoal::client
