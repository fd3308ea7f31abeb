#include <algorithm>
#include <array>
#include <utility>

#include "tracker/swarm/shard.hpp"

namespace shoal::tracker {

SwarmCounts Shard::scrape(const InfoHash& info_hash) const {
    const auto known = by_hash_.find(info_hash);
    return known == by_hash_.end() ? SwarmCounts{} : swarms_[known->second]->counts();
}

void Shard::add_to(SwarmTotals& totals) const {
    for (const auto& swarm : swarms_) {
        if (!swarm) continue;
        const SwarmCounts counts = swarm->counts();
        ++totals.swarms;
        totals.lost += swarm->count(PeerState::kLost);
        totals.seeds += counts.complete;
        totals.leechers += counts.incomplete;
        totals.completed += counts.downloaded;
    }
}

void Shard::add_to(std::vector<SwarmView>& views, UnixSeconds now, std::size_t most_leechers) const {
    for (const auto& swarm : swarms_) {
        if (swarm) views.push_back(view(*swarm, now, most_leechers));
    }
}

std::optional<SwarmView> Shard::view(const InfoHash& info_hash, UnixSeconds now) const {
    const auto known = by_hash_.find(info_hash);
    if (known == by_hash_.end()) return std::nullopt;
    return view(*swarms_[known->second], now, SIZE_MAX);
}

std::vector<PeerView> Shard::peers(const InfoHash& info_hash, UnixSeconds now, std::size_t most) const {
    std::vector<PeerView> views;
    const auto known = by_hash_.find(info_hash);
    if (known == by_hash_.end()) return views;
    // Leechers first: they are what somebody who looks is waiting for.
    constexpr std::array kOrder{PeerState::kLeecher, PeerState::kPartialSeed, PeerState::kLost,
                                PeerState::kSeed};
    for (const PeerState state : kOrder) {
        for (const PeerLists& lists : swarms_[known->second]->sites) {
            for (const std::uint32_t place : lists[index_of(state)]) {
                if (views.size() == most) return views;
                views.push_back(view(pool_[place], *swarms_[known->second], now));
            }
        }
    }
    return views;
}

SwarmView Shard::view(const Swarm& swarm, UnixSeconds now, std::size_t most_leechers) const {
    SwarmView out;
    out.info_hash = swarm.info_hash;
    out.counts = swarm.counts();
    out.lost = swarm.count(PeerState::kLost);
    out.created = swarm.created;
    out.last_active = swarm.last_active;
    out.registered = swarm.registered;
    out.name = swarm.name;
    out.size = swarm.torrent_size();
    // A sample has as large a share of partial seeds as the swarm.
    const std::uint64_t leechers = swarm.count(PeerState::kLeecher);
    const std::uint64_t partial = swarm.count(PeerState::kPartialSeed);
    const std::uint64_t all = leechers + partial;
    const std::uint64_t most = std::min<std::uint64_t>(most_leechers, all);
    const std::uint64_t most_partial = all == 0 ? 0 : most * partial / all;
    out.leechers.reserve(most);
    for (const auto& [state, count] : {std::pair(PeerState::kLeecher, most - most_partial),
                                       std::pair(PeerState::kPartialSeed, most_partial)}) {
        std::uint64_t wanted = count;
        for (const PeerLists& lists : swarm.sites) {
            for (const std::uint32_t place : lists[index_of(state)]) {
                if (wanted == 0) break;
                --wanted;
                out.leechers.push_back(view(pool_[place], swarm, now));
                out.rate += out.leechers.back().rate;
            }
        }
    }
    return out;
}

PeerView Shard::view(const Peer& peer, const Swarm& swarm, UnixSeconds now) const {
    PeerView out;
    out.contact = peer.contact;
    out.site = context_.sites.name(peer.site);
    // More than there is says that the client does not know yet.
    const std::uint64_t size = swarm.torrent_size();
    const bool possible = peer.left_known && (size == 0 || peer.left <= size);
    out.left = possible ? peer.left : 0;
    out.uploaded = peer.uploaded;
    out.rate = static_cast<double>(peer.rate);
    out.first_seen = peer.first_seen;
    out.last_seen = peer.last_seen;
    out.left_known = possible;
    out.seed = peer.state == PeerState::kSeed || (peer.left_known && peer.left == 0);
    out.partial_seed = peer.paused;
    out.lost = peer.state == PeerState::kLost;
    out.stalled = peer.state == PeerState::kLeecher && peer.progress_at + 2 * options_.interval < now;
    return out;
}

}  // namespace shoal::tracker
