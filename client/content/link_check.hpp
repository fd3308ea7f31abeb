#pragma once

#include <filesystem>
#include <optional>

#include "common/error.hpp"

namespace shoal::manifest {
struct Manifest;
}

namespace shoal::client {

/// A symbolic link through which the torrent's files would be written: one on the way from `folder` (itself
/// left out) over `inside` to a file of the manifest, or in a file's place.
/// @param inside  relative to `folder`, holds the content's root; may be empty
std::optional<std::filesystem::path> link_in_the_way(const std::filesystem::path& folder,
                                                     const std::filesystem::path& inside,
                                                     const manifest::Manifest& facts);

/// For what is not done because of it.
Error link_error(const std::filesystem::path& link);

}  // namespace shoal::client
