#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "client/daemon/engine.hpp"

namespace shoal::daemon {

struct Selection {
    std::vector<TorrentNumber> torrents;
    bool recently_active = false;  ///< asked for as such
};

/// The torrents that `ids` means: absent is all; a number, a hash, or a list of both; "recently-active" those
/// with traffic in the last minute. Unknown ones are left out, as Transmission does. Throws Error (kUsage)
/// for anything else.
Selection select_torrents(const Engine& engine, const nlohmann::json& arguments);

}  // namespace shoal::daemon
