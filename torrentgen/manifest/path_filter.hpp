#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::manifest {

/// Which files of a folder belong to the content.
struct PathFilter {
    std::vector<std::string> include;  ///< globs; empty: everything
    std::vector<std::string> exclude;  ///< globs; they win over `include`
    bool hidden = false;               ///< also what starts with a dot

    /// A glob without '/' is matched against each element of the path, so that "*.o" and ".git" work at any
    /// depth; one with '/' against the whole path and against each folder above it. '*' matches '/' too.
    [[nodiscard]] bool takes_file(std::string_view path) const;
    /// False where nothing below `path` can be taken, so that it need not be walked.
    [[nodiscard]] bool enters_folder(std::string_view path) const;
};

bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace shoal::manifest
