#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracker/model/id.hpp"

namespace shoal::tracker {

/// What an operator tells about a torrent.
struct Registration {
    std::vector<InfoHash> info_hashes;  ///< one; of a hybrid two, the second one truncated (BEP 52)
    std::string name;
    std::uint64_t size = 0;  ///< bytes of all files, without padding files (BEP 47)
};

/// Reads the bytes of a manifest, by the rules of torrentgen's reader: the tracker takes what `torrentgen`
/// makes or reads, and nothing else. Or, for who has no manifest at hand, JSON:
/// {"info_hash": HEX, "name": TEXT, "size": BYTES}; of a hybrid "info_hashes": [HEX, HEX].
/// Throws Error that says what is wrong: kBadTorrent for a manifest, kUsage for JSON.
Registration read_registration(std::string_view body);

}  // namespace shoal::tracker
