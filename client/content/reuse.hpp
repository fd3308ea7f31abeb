#pragma once

#include <filesystem>
#include <string>

#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

/// Fills `to` (the content's root, which must not be there yet) with what an older version of the content at
/// `from` has at the same places; sizes are made right. Files are copied as reflinks where the file system
/// can, so unchanged data takes no space, and `from` is never written to. What is not good is found by
/// good_pieces() afterwards. Files that are not there are left out.
/// Throws Error: kFileSystem where `from` is not there or the copy fails, kInterrupted once `progress`
/// returns false.
void reuse_content(const manifest::Manifest& manifest, const std::filesystem::path& from,
                   const std::filesystem::path& to, const manifest::CreateProgressFunction& progress);

}  // namespace shoal::client
