#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace shoal::client {

/// Where a torrent's content is: `folder`/`name`, a file or a folder of files.
struct ContentPlace {
    std::filesystem::path folder;
    std::string name;
    /// Paths below the content's root, empty for a single file; asked for only where one place is inside
    /// another.
    std::function<std::vector<std::string>()> files;
};

/// Could writing the content of one change a file of the other? Links on the way to both folders are
/// followed.
bool overlap(const ContentPlace& one, const ContentPlace& other);

/// The topmost part of an absolute path that is not there yet; empty: all of it is.
std::filesystem::path first_missing(const std::filesystem::path& folder);

/// `folder` and those above it up to `top`, the lowest first; none where `top` is empty or not above it.
std::vector<std::filesystem::path> folders_up_to(const std::filesystem::path& folder,
                                                 const std::filesystem::path& top);

}  // namespace shoal::client
