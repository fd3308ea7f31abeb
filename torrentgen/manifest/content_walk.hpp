#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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

struct WalkOptions {
    PathFilter filter;
    Symlinks symlinks = Symlinks::kSkip;
    std::vector<std::filesystem::path> ignore;  ///< files never taken, such as the manifest being written
    /// Paths below the root to take instead of everything. What they name is taken as it is, what lies below
    /// a folder among them goes through the filter.
    std::optional<std::vector<std::string>> only;
};

/// Finds what is below `root`, or `root` itself where it is a file. Throws Error (kFileSystem) for what can't
/// be read and for names that no manifest may hold.
Walk walk_content(const std::filesystem::path& root, const WalkOptions& options);

}  // namespace shoal::manifest
