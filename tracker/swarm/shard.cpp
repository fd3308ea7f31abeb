#include "tracker/swarm/shard.hpp"

#include <algorithm>

namespace shoal::tracker {
namespace {

// An announce that changes nothing else refreshes a peer's stored record this often: a restart needs to know
// that the peer is there, not how far it had come a minute ago.
constexpr UnixSeconds kRefreshPeriod = 256;
// A client that announces slower than it was told is believed up to this.
constexpr UnixSeconds kLongestGap = 1800;

/// All of a fleet starts within a second; answers spread over a fifth of the interval pull it apart.
UnixSeconds jittered(UnixSeconds interval, Random& random) {
    return interval + random.below(std::max<UnixSeconds>(interval / 5, 1) + 1);
}

PeerState state_of(const AnnounceRequest& request) {
    const bool complete = request.left ? *request.left == 0 : request.event == Event::kCompleted;
    if (complete) return PeerState::kSeed;
    return request.event == Event::kPaused ? PeerState::kPartialSeed : PeerState::kLeecher;
}

/// The other family's address stays: it came with an earlier announce of the same host (BEP 7).
bool merge(PeerContact& known, const PeerContact& news) {
    const PeerContact before = known;
    known.peer_id = news.peer_id;
    if (news.port4 != 0) {
        known.ipv4 = news.ipv4;
        known.port4 = news.port4;
    }
    if (news.port6 != 0) {
        known.ipv6 = news.ipv6;
        known.port6 = news.port6;
    }
    return known.ipv4 != before.ipv4 || known.ipv6 != before.ipv6 || known.port4 != before.port4 ||
           known.port6 != before.port6;
}

}  // namespace

SwarmCounts Swarm::counts() const {
    const std::uint32_t leechers = count(PeerState::kLeecher);
    return {count(PeerState::kSeed), leechers + count(PeerState::kPartialSeed), leechers, completed};
}

bool Swarm::empty() const {
    return std::all_of(lists.begin(), lists.end(), [](const auto& list) { return list.empty(); });
}

void Shard::announce(const AnnounceRequest& request, const PeerContact& contact, UnixSeconds now,
                     Random random, AnnounceAnswer& answer) {
    answer.peers.clear();
    answer.counts = {};
    answer.interval = jittered(options_.interval, random);
    answer.min_interval = std::max<UnixSeconds>(options_.interval / 2, 1);
    const auto known = by_hash_.find(request.info_hash);
    if (request.event == Event::kStopped) {
        if (known == by_hash_.end()) return;
        Swarm& swarm = *swarms_[known->second];
        const std::uint32_t place = index_.find(known->second, request.peer_id, request.key);
        if (place != PeerPool::kNone) remove(place);
        answer.counts = swarm.counts();
        return;
    }
    const std::uint32_t swarm_index =
        known == by_hash_.end() ? add_swarm(request.info_hash, now) : known->second;
    Swarm& swarm = *swarms_[swarm_index];
    std::uint32_t place = index_.find(swarm_index, request.peer_id, request.key);
    if (place == PeerPool::kNone) {
        place = add_peer(swarm_index, contact.peer_id, request.key, now);
        pool_[place].left = request.left.value_or(0);
    }
    update(place, request, contact, now, answer.interval);
    answer.counts = swarm.counts();
    const std::uint32_t wanted = std::min(request.numwant.value_or(options_.numwant), options_.max_peers);
    if (wanted > 0) select(swarm, place, wanted, now, random, answer.peers);
}

SwarmCounts Shard::scrape(const InfoHash& info_hash) const {
    const auto known = by_hash_.find(info_hash);
    return known == by_hash_.end() ? SwarmCounts{} : swarms_[known->second]->counts();
}

void Shard::add_to(SwarmTotals& totals) const {
    for (const auto& swarm : swarms_) {
        if (!swarm) continue;
        const SwarmCounts counts = swarm->counts();
        ++totals.swarms;
        totals.seeds += counts.complete;
        totals.leechers += counts.incomplete;
        totals.completed += counts.downloaded;
    }
}

void Shard::sweep(UnixSeconds now) {
    for (std::uint32_t place = 0; place < pool_.end(); ++place) {
        const Peer& peer = pool_[place];
        if (peer.state == PeerState::kFree || peer.expires > now) continue;
        if (peer.state != PeerState::kLost) {
            move(place, PeerState::kLost);
        } else if (peer.expires + options_.keep_lost <= now) {
            remove(place);
        }
    }
    for (std::uint32_t i = 0; i < swarms_.size(); ++i) {
        if (!swarms_[i] || !swarms_[i]->empty()) continue;
        const Swarm& swarm = *swarms_[i];
        if (swarm.completed == 0 || swarm.last_active + options_.keep_empty_swarm <= now) remove_swarm(i);
    }
}

std::uint32_t Shard::add_swarm(const InfoHash& info_hash, UnixSeconds now) {
    std::uint32_t index = 0;
    if (free_swarms_.empty()) {
        index = static_cast<std::uint32_t>(swarms_.size());
        swarms_.emplace_back();
    } else {
        index = free_swarms_.back();
        free_swarms_.pop_back();
    }
    swarms_[index] = std::make_unique<Swarm>();
    Swarm& swarm = *swarms_[index];
    swarm.info_hash = info_hash;
    swarm.number = next_swarm_number_++;
    swarm.created = swarm.last_active = now;
    by_hash_.emplace(info_hash, index);
    mark_swarm_changed(index);
    return index;
}

void Shard::remove_swarm(std::uint32_t index) {
    if (options_.record_changes) removed_swarms_.push_back(swarms_[index]->number);
    by_hash_.erase(swarms_[index]->info_hash);
    swarms_[index].reset();
    free_swarms_.push_back(index);
}

std::uint32_t Shard::add_peer(std::uint32_t swarm, const PeerId& id, std::uint32_t key, UnixSeconds now) {
    const std::uint32_t place = pool_.take();
    Peer& peer = pool_[place];
    const bool changed = peer.changed != 0;
    const bool stored = peer.stored != 0;
    peer = Peer{};
    peer.changed = changed;
    peer.stored = stored;
    peer.contact.peer_id = id;
    peer.key = key;
    peer.swarm = swarm;
    peer.first_seen = peer.last_seen = peer.progress_at = now;
    index_.insert(place);
    return place;
}

void Shard::update(std::uint32_t place, const AnnounceRequest& request, const PeerContact& contact,
                   UnixSeconds now, UnixSeconds interval) {
    Peer& peer = pool_[place];
    Swarm& swarm = *swarms_[peer.swarm];
    const PeerState state = state_of(request);
    const std::uint64_t left = request.left.value_or(0);
    const UnixSeconds gap = now > peer.last_seen ? now - peer.last_seen : 0;
    bool changed = merge(peer.contact, contact) || peer.state != state;
    if (gap > 0) {
        const bool seeding = state == PeerState::kSeed && peer.state == PeerState::kSeed;
        const std::uint64_t down = peer.left > left && request.left ? peer.left - left : 0;
        const std::uint64_t up = request.uploaded > peer.uploaded ? request.uploaded - peer.uploaded : 0;
        peer.rate = static_cast<float>(seeding ? up : down) / static_cast<float>(gap);
        changed = changed || (now + place) / kRefreshPeriod != (peer.last_seen + place) / kRefreshPeriod;
    }
    if (left < peer.left) peer.progress_at = now;
    peer.left = left;
    peer.left_known = request.left.has_value();
    peer.uploaded = request.uploaded;
    peer.paused = request.event == Event::kPaused;
    if (request.event == Event::kCompleted && state == PeerState::kSeed && !peer.completed) {
        peer.completed = 1;
        ++swarm.completed;
        mark_swarm_changed(peer.swarm);
        changed = true;
    }
    const UnixSeconds pace = request.event == Event::kNone ? std::min(gap, kLongestGap) : 0;
    peer.last_seen = now;
    peer.expires = now + peer_lifetime(std::max(interval, pace));
    swarm.last_active = now;
    if (peer.state != state) move(place, state);
    if (changed) mark_peer_changed(place);
}

void Shard::move(std::uint32_t place, PeerState state) {
    Peer& peer = pool_[place];
    Swarm& swarm = *swarms_[peer.swarm];
    if (peer.state != PeerState::kFree) {
        auto& from = swarm.list(peer.state);
        from[peer.position] = from.back();
        pool_[from[peer.position]].position = peer.position;
        from.pop_back();
    }
    peer.state = state;
    if (state != PeerState::kFree) {
        auto& to = swarm.list(state);
        peer.position = static_cast<std::uint32_t>(to.size());
        to.push_back(place);
    }
    mark_peer_changed(place);
}

void Shard::remove(std::uint32_t place) {
    index_.erase(place);
    move(place, PeerState::kFree);
    pool_.give_back(place);
}

void Shard::mark_peer_changed(std::uint32_t place) {
    Peer& peer = pool_[place];
    if (!options_.record_changes || peer.changed) return;
    peer.changed = 1;
    changed_peers_.push_back(place);
}

void Shard::mark_swarm_changed(std::uint32_t index) {
    Swarm& swarm = *swarms_[index];
    if (!options_.record_changes || swarm.changed) return;
    swarm.changed = true;
    changed_swarms_.push_back(index);
}

}  // namespace shoal::tracker
