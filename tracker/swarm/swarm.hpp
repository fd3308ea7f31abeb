#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracker/swarm/peer.hpp"
#include "tracker/swarm/size_estimate.hpp"

namespace shoal::tracker {

/// Numbers of the peer pool, in no order, by PeerState.
using PeerLists = std::array<std::vector<std::uint32_t>, kListedStates>;

constexpr std::size_t index_of(PeerState state) {
    return static_cast<std::size_t>(state);
}

struct Swarm {
    InfoHash info_hash;
    std::uint64_t number = 0;
    std::uint32_t completed = 0;       ///< of all trackers
    std::uint32_t completed_here = 0;  ///< of these, what this tracker counted
    bool counted_here = false;         ///< this tracker ever counted one: also a count of 0 is to be told
    std::vector<TrackerCount> counted_elsewhere;
    UnixSeconds created = 0;
    UnixSeconds last_active = 0;
    UnixSeconds last_join = 0;
    bool changed = false;
    bool unshared = false;  ///< waits in the shard's list of what other trackers do not know yet
    bool registered = false;
    UnixSeconds registered_at = 0;
    std::string name;
    std::uint64_t size = 0;  ///< while it is registered
    SizeEstimate estimate;   ///< while it is not
    std::array<std::uint32_t, kListedStates> totals{};
    std::vector<PeerLists> sites;  ///< by site; 0: of no site

    void add_up_completed() {
        completed = completed_here;
        for (const TrackerCount& other : counted_elsewhere) completed += other.completed;
    }
    [[nodiscard]] std::uint32_t count(PeerState state) const { return totals[index_of(state)]; }
    [[nodiscard]] std::uint32_t live() const {
        return count(PeerState::kLeecher) + count(PeerState::kPartialSeed) + count(PeerState::kSeed);
    }
    /// Bytes; 0: not known.
    [[nodiscard]] std::uint64_t torrent_size() const { return registered ? size : estimate.bytes(); }
    [[nodiscard]] bool empty() const {
        return live() + count(PeerState::kLost) + count(PeerState::kReplaced) == 0;
    }
    [[nodiscard]] SwarmCounts counts() const {
        const std::uint32_t leechers = count(PeerState::kLeecher);
        return {count(PeerState::kSeed), leechers + count(PeerState::kPartialSeed), leechers, completed};
    }
    [[nodiscard]] std::vector<std::uint32_t>& list(std::uint16_t site, PeerState state) {
        if (sites.size() <= site) sites.resize(site + std::size_t{1});
        return sites[site][index_of(state)];
    }
};

}  // namespace shoal::tracker
