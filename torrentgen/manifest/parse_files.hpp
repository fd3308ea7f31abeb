#pragma once

#include <libtorrent/bdecode.hpp>
#include <string_view>
#include <vector>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {

struct ParsedFiles {
    std::vector<FileEntry> files;
    std::vector<std::string_view> roots;  ///< v2: one a file
};

/// v1 "files".
ParsedFiles parse_v1_files(const lt::bdecode_node& list, std::string_view source_name);
/// v1 "length", in the info dictionary itself.
ParsedFiles parse_v1_single(const lt::bdecode_node& info, std::string_view name,
                            std::string_view source_name);
/// v2 "file tree".
ParsedFiles parse_file_tree(const lt::bdecode_node& tree, std::string_view source_name);

/// Two entries for one path, or a file where another has a folder. Throws Error (kBadTorrent).
void check_paths_differ(const std::vector<FileEntry>& files, std::string_view source_name);
/// Throws Error (kBadTorrent) unless `name` may be an element of a path.
void check_element(std::string_view name, std::string_view source_name);

}  // namespace shoal::manifest
