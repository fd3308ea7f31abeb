#pragma once

#include <string>
#include <vector>

#include "tracker/model/record.hpp"
#include "tracker/swarm/swarm_view.hpp"
#include "tracker/web/vitals.hpp"

/// What the API and the page say about swarms, as JSON text.
namespace shoal::tracker {

/// {"torrents": [...]}
std::string torrents_json(const std::vector<SwarmView>& swarms);

/// One torrent with its peers.
std::string torrent_json(const SwarmView& swarm, const std::vector<PeerView>& peers, UnixSeconds now);

/// The page's event: totals, and the busiest swarms with the slowest of their leechers.
std::string fleet_json(std::vector<SwarmView> swarms, const Vitals& vitals, UnixSeconds now);

}  // namespace shoal::tracker
