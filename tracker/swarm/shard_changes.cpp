#include <algorithm>
#include <utility>

#include "tracker/swarm/shard.hpp"

namespace shoal::tracker {
namespace {

SwarmRecord record_of(const Swarm& swarm) {
    SwarmRecord record;
    record.info_hash = swarm.info_hash;
    record.completed = swarm.completed;
    record.created = swarm.created;
    record.last_active = swarm.last_active;
    record.registered = swarm.registered;
    record.name = swarm.name;
    record.size = swarm.size;
    record.registered_at = swarm.registered_at;
    return record;
}

PeerRecord record_of(const Peer& peer, const Swarm& swarm) {
    PeerRecord record;
    record.info_hash = swarm.info_hash;
    record.contact = peer.contact;
    record.key = peer.key;
    record.left = peer.left;
    record.uploaded = peer.uploaded;
    record.first_seen = peer.first_seen;
    record.last_seen = peer.last_seen;
    record.lifetime = peer.expires > peer.last_seen ? peer.expires - peer.last_seen : 0;
    record.left_known = peer.left_known;
    record.paused = peer.paused;
    record.completed = peer.completed;
    return record;
}

}  // namespace

void Shard::take_changes(Changes& changes, std::uint64_t shard, std::uint64_t shard_count) {
    const auto global = [&](std::uint64_t number) { return number * shard_count + shard; };
    for (const std::uint64_t number : std::exchange(removed_swarms_, {}))
        changes.removed_swarms.push_back(global(number));
    for (const std::uint32_t index : std::exchange(changed_swarms_, {})) {
        if (!swarms_[index] || !swarms_[index]->changed) continue;
        Swarm& swarm = *swarms_[index];
        swarm.changed = false;
        SwarmRecord& record = changes.swarms.emplace_back(record_of(swarm));
        record.number = global(swarm.number);
        record.size = swarm.torrent_size();
    }
    for (const std::uint32_t place : std::exchange(changed_peers_, {})) {
        Peer& peer = pool_[place];
        peer.changed = 0;
        if (!is_live(peer.state)) {
            if (peer.stored) changes.removed_peers.emplace_back().number = global(place);
            peer.stored = 0;
            continue;
        }
        peer.stored = 1;
        PeerRecord& record = changes.peers.emplace_back(record_of(peer, *swarms_[peer.swarm]));
        record.number = global(place);
        record.swarm = global(swarms_[peer.swarm]->number);
    }
}

void Shard::take_unshared(Changes& changes) {
    for (const RemovedPeer& removed : std::exchange(unshared_removals_, {}))
        changes.removed_peers.push_back(removed);
    for (const std::uint32_t index : std::exchange(unshared_swarms_, {})) {
        if (!swarms_[index] || !swarms_[index]->unshared) continue;
        Swarm& swarm = *swarms_[index];
        swarm.unshared = false;
        SwarmRecord& record = changes.swarms.emplace_back(record_of(swarm));
        record.counts = swarm.counted_elsewhere;
        if (swarm.counted_here) record.counts.push_back({options_.tracker, swarm.completed_here});
    }
    for (const std::uint32_t place : std::exchange(unshared_peers_, {})) {
        Peer& peer = pool_[place];
        if (peer.unshared == 0) continue;
        peer.unshared = 0;
        if (!is_live(peer.state)) continue;
        PeerRecord& record = changes.peers.emplace_back(record_of(peer, *swarms_[peer.swarm]));
        if (peer.counted) record.counted_by = options_.tracker;
    }
}

void Shard::share_all() {
    for (std::uint32_t index = 0; index < swarms_.size(); ++index) {
        if (swarms_[index]) share_swarm(index);
    }
    for (std::uint32_t place = 0; place < pool_.end(); ++place) {
        if (is_live(pool_[place].state)) share_peer(place);
    }
}

void Shard::share_peer(std::uint32_t place) {
    Peer& peer = pool_[place];
    if (options_.tracker == 0 || merging_ || peer.unshared) return;
    peer.unshared = 1;
    unshared_peers_.push_back(place);
}

void Shard::share_swarm(std::uint32_t index) {
    Swarm& swarm = *swarms_[index];
    if (options_.tracker == 0 || merging_ || swarm.unshared) return;
    swarm.unshared = true;
    unshared_swarms_.push_back(index);
}

void Shard::share_removal(const Peer& peer) {
    if (options_.tracker == 0 || merging_) return;
    unshared_removals_.push_back({0, swarms_[peer.swarm]->info_hash, peer.contact, peer.last_seen,
                                  peer.counted != 0 ? options_.tracker : 0});
    if (unshared_removals_.size() > kMostUnsharedRemovals) unshared_removals_.pop_front();
}

void Shard::restore(const SwarmRecord& record, std::uint64_t number) {
    const auto index = static_cast<std::uint32_t>(swarms_.size());
    auto swarm = std::make_unique<Swarm>();
    swarm->info_hash = record.info_hash;
    swarm->number = number;
    swarm->completed = record.completed;
    if (options_.tracker != 0 && record.completed != 0)
        swarm->counted_elsewhere.push_back({0, record.completed});
    swarm->created = record.created;
    swarm->registered = record.registered;
    swarm->name = record.name;
    if (record.registered) {
        swarm->size = record.size;
    } else {
        swarm->estimate.restore(record.size);
    }
    swarm->last_active = swarm->last_join = record.last_active;
    if (!by_hash_.emplace(record.info_hash, index).second) return;
    swarms_.push_back(std::move(swarm));
    context_.swarm_count.fetch_add(1);
    by_number_.emplace(number, index);
    next_swarm_number_ = std::max(next_swarm_number_, number + 1);
}

void Shard::restore(const PeerRecord& record, std::uint64_t swarm_number, std::uint32_t place,
                    UnixSeconds now) {
    const auto known = by_number_.find(swarm_number);
    if (known == by_number_.end()) return;
    pool_.take_at(place);
    Peer& peer = pool_[place];
    peer.contact = record.contact;
    peer.key = record.key;
    peer.left = record.left;
    peer.uploaded = record.uploaded;
    peer.first_seen = record.first_seen;
    peer.last_seen = peer.progress_at = record.last_seen;
    peer.expires = now + peer_lifetime(options_.interval);
    peer.swarm = known->second;
    peer.left_known = record.left_known;
    peer.paused = record.paused;
    peer.completed = record.completed;
    peer.stored = 1;
    peer.changed = 1;  // it is as the store has it: moving it into its list is no news
    PeerState state = PeerState::kLeecher;
    if (record.left_known && record.left == 0) {
        state = PeerState::kSeed;
    } else if (record.paused) {
        state = PeerState::kPartialSeed;
    }
    directory_.insert(place);
    count_address(peer, 1);
    Swarm& swarm = *swarms_[peer.swarm];
    // What it has left by now is less than the size, which the earlier run may have known.
    peer.claims = peer.left_known && !peer.paused && swarm.estimate.bytes() == 0;
    if (peer.claims != 0) swarm.estimate.add(peer.left);
    move(place, state, context_.sites.of(record.contact.address()));
    peer.changed = 0;
}

void Shard::finish_restore() {
    by_number_ = {};
    pool_.rebuild_free_list();
}

}  // namespace shoal::tracker
