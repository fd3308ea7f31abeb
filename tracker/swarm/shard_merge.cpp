#include <algorithm>

#include "tracker/swarm/shard.hpp"

namespace shoal::tracker {
namespace {

// Trackers that ever counted in a swarm, each of its runs for itself.
constexpr std::size_t kMostCounts = 4096;

/// While it lives, what changes is not told to the tracker that it came from.
class Merging {
  public:
    explicit Merging(bool& flag) : flag_(flag) { flag_ = true; }
    Merging(const Merging&) = delete;
    Merging& operator=(const Merging&) = delete;
    ~Merging() { flag_ = false; }

  private:
    bool& flag_;
};

void take_counts(Swarm& swarm, const SwarmRecord& record, std::optional<std::uint64_t> from,
                 std::uint64_t here) {
    auto& known = swarm.counted_elsewhere;
    const auto find = [](auto& counts, std::uint64_t tracker) {
        return std::find_if(counts.begin(), counts.end(),
                            [&](const TrackerCount& count) { return count.tracker == tracker; });
    };
    // What the database of this tracker held, Redis has counted by tracker.
    if (!from && !record.counts.empty() && find(record.counts, 0) == record.counts.end())
        std::erase_if(known, [](const TrackerCount& count) { return count.tracker == 0; });
    for (const TrackerCount& count : record.counts) {
        if (count.tracker == here) continue;
        const auto old = find(known, count.tracker);
        if (old == known.end()) {
            if (known.size() < kMostCounts) known.push_back(count);
        } else if (!from || *from == count.tracker) {
            *old = count;
        }
    }
    swarm.add_up_completed();
}

/// The other family's address stays: the other tracker may not have heard of it.
PeerContact merged(const PeerContact& known, PeerContact news) {
    if (!news.has_ipv4()) {
        news.ipv4 = known.ipv4;
        news.port4 = known.port4;
    }
    if (!news.has_ipv6()) {
        news.ipv6 = known.ipv6;
        news.port6 = known.port6;
    }
    return news;
}

PeerState state_of(const PeerRecord& record) {
    if (record.left_known && record.left == 0) return PeerState::kSeed;
    return record.paused ? PeerState::kPartialSeed : PeerState::kLeecher;
}

/// Whether what is known of a peer outdoes what another tracker says. The later report does. Reports carry
/// whole seconds, and a host may be at two trackers within one: of these the one that is further along
/// counts, at both. What one tracker heard twice in a second comes in order, and the last of it counts.
bool outdoes(const Peer& known, const PeerRecord& news, UnixSeconds last_seen) {
    if (known.last_seen != last_seen) return known.last_seen > last_seen;
    if (known.heard_here == 0 || !is_live(known.state)) return false;
    const PeerState state = state_of(news);
    if (known.state != state) return known.state > state;  // a seed, before a partial seed, before a leecher
    return known.left_known && (!news.left_known || known.left < news.left);
}

}  // namespace

std::optional<bool> Shard::merge(const SwarmRecord& record, std::optional<std::uint64_t> from,
                                 UnixSeconds now) {
    const Merging merging(merging_);
    const auto known = by_hash_.find(record.info_hash);
    if (known == by_hash_.end() && options_.max_swarms != 0 && context_.swarm_count >= options_.max_swarms)
        return std::nullopt;
    const std::uint32_t index = known != by_hash_.end() ? known->second : add_swarm(record.info_hash, now);
    Swarm& swarm = *swarms_[index];
    swarm.created = std::min(swarm.created, record.created);
    take_counts(swarm, record, from, options_.tracker);
    mark_swarm_changed(index);
    if (record.registered_at <= swarm.registered_at) return std::nullopt;
    swarm.registered_at = record.registered_at;
    swarm.registered = record.registered;
    swarm.name = record.registered ? record.name : std::string();
    swarm.size = record.registered ? record.size : 0;
    return swarm.registered;
}

void Shard::merge(const PeerRecord& record, UnixSeconds now) {
    const auto known = by_hash_.find(record.info_hash);
    if (known == by_hash_.end()) return;  // its swarm is over the cap
    Swarm& swarm = *swarms_[known->second];
    const UnixSeconds last_seen = std::min(record.last_seen, now);
    const UnixSeconds expires = last_seen + record.lifetime;
    std::uint32_t place = directory_.find({known->second, record.key, record.contact});
    settle_count(known->second, place, record.contact, record.counted_by);
    if (place != PeerPool::kNone && outdoes(pool_[place], record, last_seen)) {
        // The older report may have come to Redis behind the newer one, and stay there.
        Peer& peer = pool_[place];
        if (record.completed) peer.completed = 1;  // that stays true, however old the report is
        if (peer.heard_here != 0 && is_live(peer.state) && peer.state != state_of(record)) share_peer(place);
        return;
    }
    const Merging merging(merging_);
    if (place == PeerPool::kNone) {
        if (expires <= now) return;
        const PeerContact contact = free_ports(known->second, record.contact, last_seen, now);
        replace_holders({known->second, record.key, contact}, now);
        place = add_peer(known->second, contact, record.key, now);
        Peer& peer = pool_[place];
        peer.first_seen = std::min(record.first_seen, last_seen);
        peer.last_seen = peer.progress_at = last_seen;
        peer.claims = record.left_known && !record.paused && swarm.estimate.bytes() == 0;
        if (peer.claims != 0) swarm.estimate.add(record.left);
        swarm.last_join = std::max(swarm.last_join, peer.first_seen);
    } else {
        const Peer& peer = pool_[place];
        if (peer.state == PeerState::kReplaced) count_address(peer, 1);
        const PeerContact contact =
            free_ports(known->second, merged(peer.contact, record.contact), last_seen, now);
        const std::uint32_t key = record.key != 0 ? record.key : peer.key;
        if (contact != peer.contact || key != peer.key) rename(place, contact, key, now);
    }
    Peer& peer = pool_[place];
    if (last_seen > peer.last_seen) {
        const bool seeding = record.left_known && record.left == 0 && peer.state == PeerState::kSeed;
        const std::uint64_t down = record.left_known && peer.left > record.left ? peer.left - record.left : 0;
        const std::uint64_t up = record.uploaded > peer.uploaded ? record.uploaded - peer.uploaded : 0;
        peer.rate = static_cast<float>(seeding ? up : down) / static_cast<float>(last_seen - peer.last_seen);
        if (down > 0) peer.progress_at = last_seen;
    }
    if (peer.claims != 0 && peer.left_known && record.left != peer.left) {
        // As after an announce here: what a peer said before its download began stays counted.
        peer.claims = 0;
    }
    peer.left = record.left;
    peer.left_known = record.left_known;
    peer.uploaded = record.uploaded;
    peer.paused = record.paused;
    peer.completed = peer.completed || record.completed;
    peer.last_seen = last_seen;
    peer.heard_here = 0;
    peer.expires = expires;
    swarm.last_active = std::max(swarm.last_active, last_seen);
    const std::uint16_t site = context_.sites.size() == 0 ? 0 : context_.sites.of(peer.contact.address());
    const PeerState state = state_of(record);
    if (peer.state != state || peer.site != site) move(place, state, site);
}

void Shard::merge(const RemovedPeer& removed) {
    const auto known = by_hash_.find(removed.info_hash);
    if (known == by_hash_.end()) return;
    const std::uint32_t place = directory_.find({known->second, 0, removed.contact});
    settle_count(known->second, place, removed.contact, removed.counted_by);
    if (place == PeerPool::kNone) return;
    if (pool_[place].last_seen > removed.last_seen) {
        share_peer(place);  // it is here, whatever the other tracker has not heard of
        return;
    }
    // Passed on: a report of the peer that this tracker wrote before it heard of the removal may come to the
    // others behind it, and would bring the peer back. Who has no such peer passes nothing on.
    remove(place);
}

void Shard::settle_count(std::uint32_t swarm_index, std::uint32_t place, const PeerContact& contact,
                         std::uint64_t counted_by) {
    if (counted_by == 0 || counted_by >= options_.tracker) return;
    Swarm& swarm = *swarms_[swarm_index];
    if (place != PeerPool::kNone && pool_[place].counted != 0) {
        pool_[place].counted = 0;
    } else {
        const CountedPeer peer{swarm.number, contact.peer_id, contact.address()};
        const auto gone = std::find(counted_and_gone_.begin(), counted_and_gone_.end(), peer);
        if (gone == counted_and_gone_.end()) return;
        counted_and_gone_.erase(gone);
    }
    --swarm.completed_here;
    swarm.add_up_completed();
    mark_swarm_changed(swarm_index);
}

PeerContact Shard::free_ports(std::uint32_t swarm, const PeerContact& contact, UnixSeconds last_seen,
                              UnixSeconds now) const {
    const PeerName name{swarm, 0, contact};
    for (const std::uint32_t holder :
         {directory_.find_by_endpoint4(name), directory_.find_by_endpoint6(name)}) {
        if (holder != PeerPool::kNone && pool_[holder].last_seen > last_seen)
            return without_taken_ports(swarm, contact, now);
    }
    return contact;
}

}  // namespace shoal::tracker
