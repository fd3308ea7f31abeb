#pragma once

#include <filesystem>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

/// Deletes the manifest's files below `path`, the content's root, and the folders that are empty then.
/// What is not in the manifest stays, and what cannot be deleted too.
void remove_content(const manifest::Manifest& manifest, const std::filesystem::path& path);

}  // namespace shoal::client
