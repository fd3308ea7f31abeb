#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tracker/model/record.hpp"
#include "tracker/swarm/swarm_view.hpp"
#include "tracker/web/vitals.hpp"

/// What the API and the page say, as JSON text.
namespace shoal::tracker {

/// A part of a list.
struct TorrentPage {
    std::size_t total = 0;  ///< that fit the question
    std::size_t offset = 0;
    std::vector<SwarmView> torrents;
};

/// {"torrents": [...], "total": N, "offset": N, "next": N or null}
/// @param details  with the peers that each torrent's progress names
std::string torrents_json(const TorrentPage& page, bool details, UnixSeconds now);

/// One torrent with its peers.
std::string torrent_json(const SwarmView& swarm, const PeerPage& peers, std::size_t offset, UnixSeconds now);

/// The page's event: the program, the operator's torrents, then others.
std::string fleet_json(const std::vector<SwarmView>& torrents, const Vitals& vitals, UnixSeconds now);

/// Counters, and how the store does.
std::string status_json(const Vitals& vitals, UnixSeconds now);

}  // namespace shoal::tracker
