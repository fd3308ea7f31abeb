#pragma once

#include <string>
#include <vector>

namespace shoal::client {

struct Magnet {
    std::string info_hash_v1;  ///< 40 hex digits; empty where the link has none
    std::string info_hash_v2;  ///< 64 hex digits; empty where the link has none
    std::string name;       ///< what the link calls the content; may be empty
    std::vector<std::string> trackers;

    /// The one that names the download: v1 where there is one.
    [[nodiscard]] const std::string& info_hash() const {
        return info_hash_v1.empty() ? info_hash_v2 : info_hash_v1;
    }
};

/// Throws Error (kBadTorrent) for anything but a magnet link with an info-hash (BEP 9, BEP 52).
Magnet parse_magnet(const std::string& link);

}  // namespace shoal::client
