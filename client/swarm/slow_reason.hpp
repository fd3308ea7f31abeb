#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/swarm/torrent_status.hpp"

namespace shoal::client {

/// One direction of a torrent's traffic. Bytes of content a second; limits are in TorrentStatus.
struct Flow {
    std::uint64_t rate = 0;
    std::uint64_t session_rate = 0;  ///< of all torrents of the session
    bool steady = false;             ///< the session's has stayed at its best for a while, see SteadyRate
};

struct SlowFacts {
    TorrentStatus status;
    Flow down;
    Flow up;
    /// "URL: what it said" of the last announce; empty where that went well
    std::string tracker_failure;
    int damaging_peers = 0;  ///< that sent damaged pieces
    std::string damage;      ///< the last of them and what it did, in words
};

/// What sets a torrent's pace.
enum class SlowCause {
    kDisk,     ///< connections wait until it has written, or read
    kLink,     ///< a limit that somebody set, or the line itself
    kPeers,    ///< too few, or they do not send
    kTracker,  ///< it fails, and too few peers are known
    kRationed  ///< an origin decides which piece comes next: the wait is planned
};

struct SlowReason {
    SlowCause cause;
    std::string why;  ///< in words that tell where to look
};

/// "disk", "link", "peers", "tracker", "rationed"
std::string_view name_of(SlowCause cause);

/// Of a download: why it is not faster, and always something where nothing arrives at all. Of a seed: why
/// those who want something of it do not get it faster. Nothing where there is no reason to complain, and
/// while content is checked.
std::optional<SlowReason> slow_reason(const SlowFacts& facts);

}  // namespace shoal::client
