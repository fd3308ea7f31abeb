#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "tracker/model/id.hpp"

/// The files that say who may do what. '#' begins a comment, empty lines are skipped. Both functions throw
/// Error: kFileSystem, or kUsage with the number of the line that is wrong.
namespace shoal::tracker {

/// `INFO_HASH [anything]`: 40 hex digits (of a v2 torrent also 64, of which the tracker protocol uses 40).
std::unordered_set<InfoHash> read_allow_list(const std::filesystem::path& file);

/// `KEY NAME`, key -> name. A key has 8 to 64 letters, digits, '-' or '_'.
std::unordered_map<std::string, std::string> read_keys(const std::filesystem::path& file);

}  // namespace shoal::tracker
