#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "tracker/swarm/progress_count.hpp"
#include "tracker/swarm/shard.hpp"

namespace shoal::tracker {
namespace {

constexpr std::array kOrder{PeerState::kLeecher, PeerState::kPartialSeed, PeerState::kLost, PeerState::kSeed};

bool fits(PeerState state, PeerFilter filter) {
    switch (filter) {
        case PeerFilter::kAll:
            return true;
        case PeerFilter::kLeechers:
        case PeerFilter::kStalled:
            return state == PeerState::kLeecher;
        case PeerFilter::kPartialSeeds:
            return state == PeerState::kPartialSeed;
        case PeerFilter::kLost:
            return state == PeerState::kLost;
        case PeerFilter::kSeeds:
            return state == PeerState::kSeed;
    }
    return false;
}

/// Where a peer stands in PeerQuery's order: smaller comes first.
struct Rank {
    std::uint8_t group;
    std::uint64_t order;
    std::uint32_t place;
    bool operator<(const Rank& other) const {
        return std::tie(group, order, place) < std::tie(other.group, other.order, other.place);
    }
};

/// The first `most` behind the first `offset`.
std::vector<Rank> cut(std::vector<Rank> ranks, std::size_t offset, std::size_t most) {
    offset = std::min(offset, ranks.size());
    const std::size_t end = offset + std::min(most, ranks.size() - offset);
    std::partial_sort(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(end), ranks.end());
    return {ranks.begin() + static_cast<std::ptrdiff_t>(offset),
            ranks.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

SwarmCounts Shard::scrape(const InfoHash& info_hash) const {
    const auto known = by_hash_.find(info_hash);
    return known == by_hash_.end() ? SwarmCounts{} : swarms_[known->second]->counts();
}

void Shard::add_to(SwarmTotals& totals) const {
    for (const auto& swarm : swarms_) {
        if (!swarm) continue;
        const SwarmCounts counts = swarm->counts();
        ++totals.swarms;
        if (swarm->registered) ++totals.registered;
        totals.lost += swarm->count(PeerState::kLost);
        totals.seeds += counts.complete;
        totals.leechers += counts.incomplete;
        totals.completed += counts.downloaded;
    }
}

void Shard::add_to(std::vector<SwarmView>& views) const {
    for (const auto& swarm : swarms_) {
        if (swarm) views.push_back(view(*swarm));
    }
}

std::optional<SwarmView> Shard::view(const InfoHash& info_hash, UnixSeconds now, std::size_t named) const {
    const auto known = by_hash_.find(info_hash);
    if (known == by_hash_.end()) return std::nullopt;
    SwarmView out = view(*swarms_[known->second]);
    out.progress = progress(*swarms_[known->second], now, named);
    return out;
}

PeerPage Shard::peers(const InfoHash& info_hash, UnixSeconds now, const PeerQuery& query) const {
    PeerPage page;
    const auto known = by_hash_.find(info_hash);
    if (known == by_hash_.end()) return page;
    const Swarm& swarm = *swarms_[known->second];
    std::vector<Rank> ranks;
    for (std::uint8_t group = 0; group < kOrder.size(); ++group) {
        const PeerState state = kOrder.at(group);
        if (!fits(state, query.filter)) continue;
        for (std::size_t site = 0; site < swarm.sites.size(); ++site) {
            if (query.site && *query.site != context_.sites.name(static_cast<std::uint16_t>(site))) continue;
            for (const std::uint32_t place : swarm.sites[site][index_of(state)]) {
                if (query.filter == PeerFilter::kStalled && !stalled(pool_[place], now)) continue;
                ranks.push_back({group, order_of(pool_[place], now), place});
            }
        }
    }
    page.total = ranks.size();
    for (const Rank& rank : cut(std::move(ranks), query.offset, query.most))
        page.peers.push_back(view(pool_[rank.place], swarm, now));
    return page;
}

SwarmView Shard::view(const Swarm& swarm) const {
    SwarmView out;
    out.info_hash = swarm.info_hash;
    out.counts = swarm.counts();
    out.lost = swarm.count(PeerState::kLost);
    out.created = swarm.created;
    out.last_active = swarm.last_active;
    out.registered = swarm.registered;
    out.name = swarm.name;
    out.size = swarm.torrent_size();
    return out;
}

ProgressView Shard::progress(const Swarm& swarm, UnixSeconds now, std::size_t named) const {
    // A look at a peer is a cache miss, and announces of this shard wait meanwhile.
    constexpr std::uint64_t kMostLookedAt = 20'000;
    const std::uint64_t incomplete = swarm.counts().incomplete;
    const double sample = incomplete <= kMostLookedAt
                              ? 1
                              : static_cast<double>(kMostLookedAt) / static_cast<double>(incomplete);
    ProgressCount all(swarm.torrent_size());
    ProgressView out;
    std::vector<Rank> behind;
    std::vector<Rank> lost;
    for (std::uint16_t site = 0; site < swarm.sites.size(); ++site) {
        const PeerLists& lists = swarm.sites[site];
        if (std::all_of(lists.begin(), lists.end(), [](const auto& list) { return list.empty(); })) continue;
        ProgressCount part(swarm.torrent_size());
        for (const PeerState state : {PeerState::kLeecher, PeerState::kPartialSeed}) {
            const auto& list = lists[index_of(state)];
            const auto looked_at =
                static_cast<std::size_t>(std::ceil(sample * static_cast<double>(list.size())));
            for (std::size_t i = 0; i < looked_at; ++i) {
                const Peer& peer = pool_[list[i]];
                const bool leecher = state == PeerState::kLeecher;
                part.add_peer(peer.left_known != 0, peer.left, static_cast<double>(peer.rate), leecher,
                              leecher && stalled(peer, now));
                if (leecher) behind.push_back({0, order_of(peer, now), list[i]});
            }
        }
        part.scale_to(lists[index_of(PeerState::kLeecher)].size() +
                      lists[index_of(PeerState::kPartialSeed)].size());
        part.add_seeds(lists[index_of(PeerState::kSeed)].size());
        for (const std::uint32_t place : lists[index_of(PeerState::kLost)])
            lost.push_back({0, order_of(pool_[place], now), place});
        all.add(part);
        if (context_.sites.size() == 0) continue;
        SitePart& view = out.sites.emplace_back();
        view.name = context_.sites.name(site);
        view.seeds = static_cast<std::uint32_t>(lists[index_of(PeerState::kSeed)].size());
        view.leechers = static_cast<std::uint32_t>(lists[index_of(PeerState::kLeecher)].size());
        view.partial_seeds = static_cast<std::uint32_t>(lists[index_of(PeerState::kPartialSeed)].size());
        view.lost = static_cast<std::uint32_t>(lists[index_of(PeerState::kLost)].size());
        view.stalled = part.stalled();
        view.rate = part.rate();
        if (const auto shares = part.shares()) view.mean = shares->mean;
    }
    out.shares = all.shares();
    out.rate = all.rate();
    out.seconds_left = all.seconds_left();
    out.stalled = all.stalled();
    for (const Rank& rank : cut(std::move(behind), 0, named))
        out.behind.push_back(view(pool_[rank.place], swarm, now));
    for (const Rank& rank : cut(std::move(lost), 0, named))
        out.lost.push_back(view(pool_[rank.place], swarm, now));
    return out;
}

bool Shard::stalled(const Peer& peer, UnixSeconds now) const {
    return peer.state == PeerState::kLeecher && peer.progress_at + 2 * options_.interval < now;
}

std::uint64_t Shard::order_of(const Peer& peer, UnixSeconds now) const {
    constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
    if (peer.state == PeerState::kLost) return kLast - peer.last_seen;
    // Half of the range for the stalled ones; who does not say what is left has nothing yet.
    const std::uint64_t left = peer.left_known ? std::min(peer.left, kMostLeft) : kMostLeft;
    return (stalled(peer, now) ? 0 : kLast / 2) + (kMostLeft - left);
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
    out.stalled = stalled(peer, now);
    return out;
}

}  // namespace shoal::tracker
