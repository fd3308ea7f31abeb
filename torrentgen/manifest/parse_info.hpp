#pragma once

#include <libtorrent/bdecode.hpp>
#include <string_view>
#include <vector>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {

/// The info dictionary, checked, and the hashes in it as they stand in the input.
struct ParsedInfo {
    Manifest manifest;
    std::string_view pieces;  ///< 20 bytes a piece (v1)
    std::vector<std::string_view>
        roots;  ///< v2: one per entry of manifest.files; empty for padding and no bytes
};

ParsedInfo parse_info_node(const lt::bdecode_node& info, std::string_view source_name);

}  // namespace shoal::manifest
