#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "torrentgen/manifest/path_filter.hpp"

namespace shoal::manifest {

enum class Symlinks {
    kSkip,    ///< left out, with a warning
    kFollow,  ///< taken for what they point to
    kKeep     ///< recorded as symbolic links (BEP 47), where they stay inside the content
};

struct WalkedFile {
    std::string path;     ///< below the root, '/'-separated; the file's own name for a single file
    std::string on_disk;  ///< where to open it
    std::uint64_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds since 1970: a change while hashing shows here
    bool executable = false;
    std::string symlink;  ///< with kKeep: the target, below the root

    bool operator==(const WalkedFile&) const = default;
};

struct Walk {
    bool single_file = false;
    std::vector<WalkedFile> files;  ///< in the order of path_less
    std::vector<std::string> warnings;
};

/// Finds what is below `root`, or `root` itself where it is a file. Throws Error (kFileSystem) for what can't
/// be read and for names that no manifest may hold.
/// @param ignore  files that are never taken, such as the manifest being written
Walk walk_content(const std::filesystem::path& root, const PathFilter& filter, Symlinks symlinks,
                  const std::vector<std::filesystem::path>& ignore);

}  // namespace shoal::manifest
