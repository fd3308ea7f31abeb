#include "tracker/swarm/shard.hpp"

#include <algorithm>
#include <functional>

#include "tracker/swarm/selection.hpp"

namespace shoal::tracker {
namespace {

// An announce that changes nothing else refreshes a peer's stored record this often: a restart needs to know
// that the peer is there, not how far it had come a minute ago.
constexpr UnixSeconds kRefreshPeriod = 256;
// Replaced peers that a swarm remembers, besides one for each live peer: a client that has a new id each time
// costs no memory without end.
constexpr std::uint32_t kMostReplaced = 64;
// A shard remembers so many peers that it counted and that are gone: more than complete and leave while a
// batch is on its way.
constexpr std::size_t kMostCountedAndGone = 1024;
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

/// aria2 says that nothing is left until it has the metadata of a magnet link. It counts as a seed then,
/// since its seeds say the same, but only other seeds may have the metadata for it.
bool may_lack_metadata(const AnnounceRequest& request) {
    return request.left == 0u && request.downloaded == 0 && request.peer_id.view().starts_with("A2-");
}

/// The other family's address stays: it came with an earlier announce of the same host (BEP 7).
PeerContact merged(PeerContact known, const PeerContact& news) {
    if (news.has_ipv4()) {
        known.ipv4 = news.ipv4;
        known.port4 = news.port4;
    }
    if (news.has_ipv6()) {
        known.ipv6 = news.ipv6;
        known.port6 = news.port6;
    }
    return known;
}

/// For how long a client that announces slower than it was told is believed; 0 where that is not known. An
/// event comes out of turn: it says nothing about the client's pace. `paused` is no such event: a partial
/// seed says it each time (BEP 21).
UnixSeconds lifetime_at_own_pace(const Peer& peer, Event event, UnixSeconds gap) {
    if (event == Event::kNone || event == Event::kPaused) return peer_lifetime(std::min(gap, kLongestGap));
    return event == Event::kCompleted && peer.expires > peer.last_seen ? peer.expires - peer.last_seen : 0;
}

std::uint64_t address_key(std::uint64_t swarm_number, const PeerContact& contact) {
    return std::hash<IpAddress>{}(contact.address()) ^ swarm_number * 0x9e3779b97f4a7c15u;
}

constexpr unsigned kRetryMinutes = 5;

}  // namespace

std::optional<Failure> Shard::announce(const AnnounceRequest& request, const PeerContact& contact,
                                       UnixSeconds now, Random random, AnnounceAnswer& answer) {
    answer.peers.clear();
    answer.counts = {};
    const auto known = by_hash_.find(request.info_hash);
    const bool is_known = known != by_hash_.end();
    answer.interval =
        jittered(interval_for(request, is_known ? swarms_[known->second].get() : nullptr, now), random);
    answer.min_interval = std::max<UnixSeconds>(options_.interval / 2, 1);
    if (request.event == Event::kStopped) {
        if (!is_known) return std::nullopt;
        Swarm& swarm = *swarms_[known->second];
        const std::uint32_t place = directory_.find({known->second, request.key, contact});
        if (place != PeerPool::kNone) {
            if (completed_unheard(pool_[place], request)) count_completion(place);
            pool_[place].last_seen = now;
            remove(place);
        }
        answer.counts = swarm.counts();
        return std::nullopt;
    }
    if (!is_known && options_.max_swarms != 0 && context_.swarm_count >= options_.max_swarms)
        return Failure{"this tracker has as many swarms as it takes", kRetryMinutes};
    const std::uint32_t swarm_index = is_known ? known->second : add_swarm(request.info_hash, now);
    Swarm& swarm = *swarms_[swarm_index];
    const PeerName name{swarm_index, request.key, contact};
    std::uint32_t place = directory_.find(name);
    if (place == PeerPool::kNone) {
        replace_holders(name, now);
        if (const auto failure = check_caps(swarm_index, contact)) return failure;
        place = add_peer(swarm_index, contact, request.key, now);
        swarm.last_join = now;
    } else if (pool_[place].state == PeerState::kReplaced) {
        if (const auto failure = check_caps(swarm_index, contact)) return failure;
        count_address(pool_[place], 1);
    }
    update(place, request, contact, now, answer.interval);
    answer.counts = swarm.counts();
    const std::uint32_t wanted = std::min(request.numwant.value_or(options_.numwant), options_.max_peers);
    if (wanted > 0) {
        Selection(pool_, swarm, options_.site_share)
            .choose(place, may_lack_metadata(request), wanted, request.family, now, random, answer.peers);
    }
    return std::nullopt;
}

std::optional<Failure> Shard::check_caps(std::uint32_t swarm, const PeerContact& contact) const {
    if (options_.max_peers_per_swarm != 0 && swarms_[swarm]->live() >= options_.max_peers_per_swarm)
        return Failure{"this swarm has as many peers as this tracker takes", kRetryMinutes};
    if (options_.max_peers_per_address != 0) {
        const auto count = addresses_.find(address_key(swarms_[swarm]->number, contact));
        if (count != addresses_.end() && count->second >= options_.max_peers_per_address)
            return Failure{"there are too many peers of this swarm at this address", kRetryMinutes};
    }
    return std::nullopt;
}

/// While peers join, whoever was there first must soon hear of them. A seed of a quiet swarm is told to wait
/// half the time that the swarm has been quiet; a leecher's announces also tell how far it is.
UnixSeconds Shard::interval_for(const AnnounceRequest& request, const Swarm* swarm, UnixSeconds now) const {
    if (swarm == nullptr || state_of(request) == PeerState::kLeecher) return options_.interval;
    const UnixSeconds quiet = now > swarm->last_join ? now - swarm->last_join : 0;
    return std::max(options_.interval, std::min(quiet / 2, options_.max_interval));
}

void Shard::register_torrent(const InfoHash& info_hash, const std::string& name, std::uint64_t size,
                             UnixSeconds now) {
    const auto known = by_hash_.find(info_hash);
    const std::uint32_t index = known == by_hash_.end() ? add_swarm(info_hash, now) : known->second;
    Swarm& swarm = *swarms_[index];
    swarm.registered = true;
    swarm.registered_at = now;
    swarm.name = name;
    swarm.size = size;
    mark_swarm_changed(index);
}

bool Shard::unregister_torrent(const InfoHash& info_hash, UnixSeconds now) {
    const auto known = by_hash_.find(info_hash);
    if (known == by_hash_.end() || !swarms_[known->second]->registered) return false;
    Swarm& swarm = *swarms_[known->second];
    swarm.registered = false;
    swarm.registered_at = now;
    swarm.name.clear();
    swarm.size = 0;
    mark_swarm_changed(known->second);
    return true;
}

void Shard::sweep(UnixSeconds now) {
    for (std::uint32_t place = 0; place < pool_.end(); ++place) {
        const Peer& peer = pool_[place];
        if (peer.state == PeerState::kFree || peer.expires > now) continue;
        if (is_live(peer.state)) {
            move(place, PeerState::kLost, peer.site);
        } else if (peer.expires + options_.keep_lost <= now) {
            remove(place);
        }
    }
    for (std::uint32_t i = 0; i < swarms_.size(); ++i) {
        if (!swarms_[i] || swarms_[i]->registered || !swarms_[i]->empty()) continue;
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
    swarm.created = swarm.last_active = swarm.last_join = now;
    context_.swarm_count.fetch_add(1);
    by_hash_.emplace(info_hash, index);
    mark_swarm_changed(index);
    return index;
}

void Shard::remove_swarm(std::uint32_t index) {
    if (options_.record_changes) removed_swarms_.push_back(swarms_[index]->number);
    // The next swarm in this place is listed anew: else the lists would grow while nobody takes them.
    if (swarms_[index]->changed) std::erase(changed_swarms_, index);
    if (swarms_[index]->unshared) std::erase(unshared_swarms_, index);
    context_.swarm_count.fetch_sub(1);
    by_hash_.erase(swarms_[index]->info_hash);
    swarms_[index].reset();
    free_swarms_.push_back(index);
}

std::uint32_t Shard::add_peer(std::uint32_t swarm, const PeerContact& contact, std::uint32_t key,
                              UnixSeconds now) {
    const std::uint32_t place = pool_.take();
    Peer& peer = pool_[place];
    const bool changed = peer.changed != 0;
    const bool stored = peer.stored != 0;
    const bool unshared = peer.unshared != 0;
    peer = Peer{};
    peer.changed = changed;
    peer.unshared = unshared && !merging_;  // else another tracker's peer would be told to it
    peer.stored = stored;
    peer.contact = contact;
    peer.key = key;
    peer.swarm = swarm;
    peer.first_seen = peer.last_seen = peer.progress_at = now;
    directory_.insert(place);
    count_address(peer, 1);
    return place;
}

void Shard::update(std::uint32_t place, const AnnounceRequest& request, const PeerContact& contact,
                   UnixSeconds now, UnixSeconds interval) {
    Peer& peer = pool_[place];
    Swarm& swarm = *swarms_[peer.swarm];
    const PeerState state = state_of(request);
    const std::uint64_t left = request.left.value_or(0);
    const UnixSeconds gap = now > peer.last_seen ? now - peer.last_seen : 0;
    bool changed = false;
    PeerContact reachable = merged(peer.contact, contact);
    if (reachable != peer.contact) reachable = without_taken_ports(peer.swarm, reachable, now);
    const std::uint32_t key = request.key != 0 ? request.key : peer.key;
    if (reachable != peer.contact || key != peer.key) {
        // A new key alone is not worth a write: the address still tells who it is.
        changed = reachable != peer.contact;
        rename(place, reachable, key, now);
    }
    if (gap > 0) {
        const bool seeding = state == PeerState::kSeed && peer.state == PeerState::kSeed;
        const std::uint64_t down = peer.left > left && request.left ? peer.left - left : 0;
        const std::uint64_t up = request.uploaded > peer.uploaded ? request.uploaded - peer.uploaded : 0;
        peer.rate = static_cast<float>(seeding ? up : down) / static_cast<float>(gap);
        if (options_.tracker != 0 &&
            (now + place) / share_period_ != (peer.last_seen + place) / share_period_)
            share_peer(place);
        changed = changed || (now + place) / kRefreshPeriod != (peer.last_seen + place) / kRefreshPeriod;
    }
    const bool unheard = completed_unheard(peer, request);
    estimate_size(peer, request);
    if (request.left && left < peer.left) peer.progress_at = now;
    peer.left = left;
    peer.left_known = request.left.has_value();
    peer.uploaded = request.uploaded;
    peer.paused = request.event == Event::kPaused;
    if (unheard || (request.event == Event::kCompleted && state == PeerState::kSeed && !peer.completed)) {
        count_completion(place);
        changed = true;
    }
    peer.expires = now + std::max(peer_lifetime(interval), lifetime_at_own_pace(peer, request.event, gap));
    peer.last_seen = now;
    peer.heard_here = 1;
    swarm.last_active = now;
    const std::uint16_t site = context_.sites.size() == 0 ? 0 : context_.sites.of(peer.contact.address());
    if (peer.state != state || peer.site != site) move(place, state, site);
    if (changed) mark_peer_changed(place);
}

bool Shard::completed_unheard(const Peer& peer, const AnnounceRequest& request) const {
    if (options_.tracker == 0 || peer.completed || request.event == Event::kStarted) return false;
    return request.left == 0u && peer.left_known && peer.left > 0;
}

void Shard::count_completion(std::uint32_t place) {
    Peer& peer = pool_[place];
    Swarm& swarm = *swarms_[peer.swarm];
    peer.completed = 1;
    peer.counted = 1;
    ++swarm.completed;
    ++swarm.completed_here;
    swarm.counted_here = true;
    mark_swarm_changed(peer.swarm);
}

void Shard::estimate_size(Peer& peer, const AnnounceRequest& request) {
    const bool first = request.left && !peer.left_known;
    if (!first && (peer.claims == 0 || request.left == peer.left)) return;
    SizeEstimate& estimate = swarms_[peer.swarm]->estimate;
    const std::uint64_t before = estimate.bytes();
    const bool has_begun = request.left && peer.left_known && *request.left < peer.left;
    // What a peer said before its download began stays counted.
    if (peer.claims != 0 && !has_begun) estimate.withdraw(peer.left);
    // A partial seed has all that it wants: what it lacks is less than the size.
    peer.claims = request.left && !has_begun && request.event != Event::kPaused;
    if (peer.claims != 0) estimate.add(*request.left);
    if (estimate.bytes() != before) mark_swarm_changed(peer.swarm);
}

PeerContact Shard::without_taken_ports(std::uint32_t swarm, PeerContact contact, UnixSeconds now) const {
    const PeerName name{swarm, 0, contact};
    const auto taken = [&](std::uint32_t holder) {
        if (holder == PeerPool::kNone || pool_[holder].contact.peer_id == contact.peer_id) return false;
        return is_live(pool_[holder].state) && pool_[holder].expires > now;
    };
    const bool taken4 = taken(directory_.find_by_endpoint4(name));
    const bool taken6 = taken(directory_.find_by_endpoint6(name));
    if (taken4) contact.port4 = 0;
    if (taken6) contact.port6 = 0;
    return contact;
}

void Shard::replace_holders(const PeerName& name, UnixSeconds now) {
    const auto replace = [&](std::uint32_t place) {
        if (place == PeerPool::kNone) return;
        Peer& peer = pool_[place];
        const Swarm& swarm = *swarms_[peer.swarm];
        if (swarm.count(PeerState::kReplaced) >= swarm.live() + kMostReplaced) return remove(place);
        share_removal(peer);
        directory_.erase(place);
        count_address(peer, -1);
        peer.contact.port4 = peer.contact.port6 = 0;
        peer.expires = now;
        directory_.insert(place);
        move(place, PeerState::kReplaced, peer.site);
    };
    replace(directory_.find_by_endpoint4(name));
    replace(directory_.find_by_endpoint6(name));
}

void Shard::rename(std::uint32_t place, const PeerContact& contact, std::uint32_t key, UnixSeconds now) {
    Peer& peer = pool_[place];
    directory_.erase(place);
    const PeerName name{peer.swarm, key, contact};
    for (std::uint32_t other = 0; (other = directory_.find(name)) != PeerPool::kNone;) remove(other);
    replace_holders(name, now);
    count_address(peer, -1);
    if (contact.address() != peer.contact.address()) share_removal(peer);
    peer.contact = contact;
    peer.key = key;
    count_address(peer, 1);
    directory_.insert(place);
}

void Shard::count_address(const Peer& peer, int change) {
    if (options_.max_peers_per_address == 0) return;
    const std::uint64_t key = address_key(swarms_[peer.swarm]->number, peer.contact);
    if (change > 0) {
        ++addresses_[key];
    } else if (const auto count = addresses_.find(key); count != addresses_.end() && --count->second == 0) {
        addresses_.erase(count);
    }
}

void Shard::move(std::uint32_t place, PeerState state, std::uint16_t site) {
    Peer& peer = pool_[place];
    Swarm& swarm = *swarms_[peer.swarm];
    if (peer.state != PeerState::kFree) {
        auto& from = swarm.list(peer.site, peer.state);
        from[peer.position] = from.back();
        pool_[from[peer.position]].position = peer.position;
        from.pop_back();
        --swarm.totals[index_of(peer.state)];
    }
    peer.state = state;
    peer.site = site;
    if (state != PeerState::kFree) {
        auto& to = swarm.list(site, state);
        peer.position = static_cast<std::uint32_t>(to.size());
        to.push_back(place);
        ++swarm.totals[index_of(state)];
    }
    mark_peer_changed(place);
}

void Shard::remove(std::uint32_t place) {
    const Peer& peer = pool_[place];
    if (peer.claims != 0) swarms_[peer.swarm]->estimate.withdraw(peer.left);
    if (peer.state != PeerState::kReplaced) share_removal(peer);
    if (peer.counted != 0 && options_.tracker != 0) {
        counted_and_gone_.push_back(
            {swarms_[peer.swarm]->number, peer.contact.peer_id, peer.contact.address()});
        if (counted_and_gone_.size() > kMostCountedAndGone) counted_and_gone_.pop_front();
    }
    directory_.erase(place);
    if (peer.state != PeerState::kReplaced) count_address(peer, -1);
    move(place, PeerState::kFree, 0);
    pool_.give_back(place);
}

void Shard::mark_peer_changed(std::uint32_t place) {
    share_peer(place);
    Peer& peer = pool_[place];
    if (!options_.record_changes || peer.changed) return;
    peer.changed = 1;
    changed_peers_.push_back(place);
}

void Shard::mark_swarm_changed(std::uint32_t index) {
    share_swarm(index);
    Swarm& swarm = *swarms_[index];
    if (!options_.record_changes || swarm.changed) return;
    swarm.changed = true;
    changed_swarms_.push_back(index);
}

}  // namespace shoal::tracker
