#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/doctor/check.hpp"
#include "client/webseed/web_seed_look.hpp"

/// Asks others. Each waits some seconds at most.
namespace shoal::doctor {

struct TrackerCheck {
    Check check;
    std::optional<std::int64_t> clock;  ///< the tracker's, seconds since 1970, where it told
};

/// One announce (event=stopped, so that nobody is told of us) of an http(s) tracker, one connect of a udp one
/// (BEP 15).
/// @param info_hash  40 hex digits; empty: of no torrent, and a refusal of it is no fault
/// @param strangers  libtorrent's rule against forged requests holds, as with --profile internet
TrackerCheck check_tracker(const std::string& url, const std::string& info_hash, bool strangers);

/// One look at what it has of this manifest, its first piece included.
Check check_web_seed(const std::string& url, std::string_view manifest, const webseed::Rules& rules);

/// @param theirs  clocks of trackers; @param ours  seconds since 1970
Check check_clock(const std::vector<std::int64_t>& theirs, std::int64_t ours);

/// A ping (BEP 5). @param node  "HOST:PORT"
Check check_dht_node(const std::string& node);

}  // namespace shoal::doctor
