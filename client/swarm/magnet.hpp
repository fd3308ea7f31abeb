#pragma once

#include <string>
#include <vector>

namespace shoal::client {

struct Magnet {
    std::string info_hash;  ///< hex: v1, or v2 where there is no v1
    std::string name;       ///< what the link calls the content; may be empty
    std::vector<std::string> trackers;
};

/// Throws Error (kBadTorrent) for anything but a magnet link with an info-hash (BEP 9, BEP 52).
Magnet parse_magnet(const std::string& link);

}  // namespace shoal::client
