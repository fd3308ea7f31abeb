#include <algorithm>

#include "tracker/swarm/shard.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint32_t kMostPeers = 256;  // in one answer, whatever the options say

// Records are spread over memory: asking for them all before reading the first one overlaps the waits.
void prefetch(const Peer& peer) {
    __builtin_prefetch(&peer);
    __builtin_prefetch(&peer.expires);
}

}  // namespace

/// A seed has no use for other seeds. A leecher always gets some seeds and some others: the seeds have every
/// piece, and the others keep the swarm's graph connected.
void Shard::select(Swarm& swarm, std::uint32_t announcer, std::uint32_t wanted, UnixSeconds now,
                   Random& random, std::vector<PeerContact>& out) const {
    const auto& leechers = swarm.list(PeerState::kLeecher);
    const auto& partial = swarm.list(PeerState::kPartialSeed);
    const auto& seeds = swarm.list(PeerState::kSeed);
    const PeerState state = pool_[announcer].state;
    const auto active = static_cast<std::uint32_t>(leechers.size());
    if (state != PeerState::kLeecher) {
        sample(leechers, std::min(wanted, active), announcer, now, random, out);
        return;
    }
    const auto others = static_cast<std::uint32_t>(leechers.size() - 1 + partial.size());
    const auto full = static_cast<std::uint32_t>(seeds.size());
    const std::uint32_t quarter = (wanted + 3) / 4;
    std::uint32_t from_seeds = std::min(full, wanted);
    if (full + others > wanted) {
        const auto share = static_cast<std::uint32_t>(std::uint64_t{wanted} * full / (full + others));
        from_seeds = std::min(full, std::max(share, quarter));
        from_seeds = std::min(from_seeds, wanted - std::min(others, wanted > 1 ? quarter : 0));
        from_seeds = std::max(from_seeds, wanted - std::min(others, wanted));
    }
    const std::uint32_t from_others = std::min(others, wanted - from_seeds);
    const auto from_partial =
        static_cast<std::uint32_t>(others == 0 ? 0 : std::uint64_t{from_others} * partial.size() / others);
    sample(seeds, from_seeds, announcer, now, random, out);
    sample(partial, from_partial, announcer, now, random, out);
    sample(leechers, from_others - from_partial, announcer, now, random, out);
}

/// One peer at random from each of `count` equal parts of the list, from a random start: no peer twice, each
/// as likely as any other, and no memory. An expired one is passed over for its neighbour.
void Shard::sample(const std::vector<std::uint32_t>& list, std::uint32_t count, std::uint32_t announcer,
                   UnixSeconds now, Random& random, std::vector<PeerContact>& out) const {
    // The announcer is left out of the numbering, not skipped: skipping would favour its neighbour.
    const std::uint32_t own = pool_[announcer].position;
    const bool listed = own < list.size() && list[own] == announcer;
    const auto size = static_cast<std::uint32_t>(list.size()) - (listed ? 1 : 0);
    if (size == 0 || count == 0) return;
    const auto start = random.below(size);
    const auto place_at = [&](std::uint32_t i) {
        i = start + i >= size ? start + i - size : start + i;
        return list[listed && i >= own ? i + 1 : i];
    };
    count = std::min({count, size, kMostPeers});
    const auto edge = [&](std::uint32_t part) {
        return static_cast<std::uint32_t>(std::uint64_t{size} * part / count);
    };
    std::array<std::uint32_t, kMostPeers> chosen;
    for (std::uint32_t i = 0; i < count; ++i) {
        chosen[i] = edge(i) + random.below(edge(i + 1) - edge(i));
        prefetch(pool_[place_at(chosen[i])]);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t first = edge(i);
        const std::uint32_t width = edge(i + 1) - first;
        for (std::uint32_t step = 0; step < width; ++step) {
            const Peer& peer = pool_[place_at(first + (chosen[i] - first + step) % width)];
            if (peer.expires <= now) continue;
            out.push_back(peer.contact);
            break;
        }
    }
}

}  // namespace shoal::tracker
