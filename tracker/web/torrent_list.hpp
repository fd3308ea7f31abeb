#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracker/swarm/swarm_view.hpp"

/// Which torrents of all a list holds, and in which order.
namespace shoal::tracker {

enum class TorrentOrder : std::uint8_t {
    kNewest,  ///< a place in the list hardly ever changes: for paging
    /// For people: those in trouble (lost peers, or leechers without a seed), those with leechers, the
    /// others; of each the newest first.
    kActivity
};

struct TorrentFilter {
    std::optional<bool> registered;
    std::string text;  ///< part of the name (ASCII letters of either case) or the beginning of the info-hash
    TorrentOrder order = TorrentOrder::kNewest;
};

/// Those that fit, in order: registered ones always come before others.
std::vector<SwarmView> select_torrents(std::vector<SwarmView> torrents, const TorrentFilter& filter);

}  // namespace shoal::tracker
