#include "client/swarm/policy/standard_share.hpp"

#include <chrono>
#include <utility>

namespace shoal::policy {
namespace {

// Transmission asks once a second.
constexpr Duration kSilence = std::chrono::milliseconds(1500);
// It may want some files only, and have them.
constexpr Duration kRest = std::chrono::seconds(10);

}  // namespace

void StandardShare::joined(PeerId peer, TimePoint now) {
    peers_[peer].may_ask = !limited_;
    begin_turn(now);
}

void StandardShare::left(PeerId peer, TimePoint now) {
    peers_.erase(peer);
    if (holder_ == peer) holder_.reset();
    begin_turn(now);
}

void StandardShare::complete(PeerId peer, TimePoint now) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    found->second.complete = true;
    if (holder_ == peer) pass_turn(now);
}

void StandardShare::limit(TimePoint now) {
    if (std::exchange(limited_, true)) return;
    begin_turn(now);
    for (auto& [id, peer] : peers_) {
        if (holder_ != id) set(id, peer, false);
    }
}

void StandardShare::unlimit() {
    left_ = burst_;
    spent_ = false;
    if (!std::exchange(limited_, false)) return;
    holder_.reset();
    for (auto& [id, peer] : peers_) set(id, peer, true);
}

void StandardShare::earned(std::int64_t bytes, TimePoint now) {
    left_ = std::min(burst_, left_ + bytes);
    // From nothing left until half of the burst is there again: a choke throws a peer's queue away, so it
    // must not come with every block.
    if (left_ > burst_ / 2) spent_ = false;
    begin_turn(now);
}

void StandardShare::sent(PeerId id, std::int64_t bytes, TimePoint now) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return;
    Peer& peer = found->second;
    peer.active = now;
    if (!limited_) return;
    left_ -= bytes;
    if (left_ <= 0) spent_ = true;
    peer.sent_in_turn += bytes;
    if (holder_ == id && (spent_ || peer.sent_in_turn >= piece_size_)) pass_turn(now);
}

bool StandardShare::asks(PeerId id, TimePoint now) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return true;
    Peer& peer = found->second;
    peer.rests_until = {};
    if (peer.may_ask) peer.active = now;
    return peer.may_ask;
}

void StandardShare::tick(TimePoint now) {
    if (holder_) {
        Peer& peer = peers_.at(*holder_);
        if (now - peer.active > kSilence) {
            if (peer.sent_in_turn == 0) peer.rests_until = now + kRest;
            pass_turn(now);
        }
    }
    begin_turn(now);
}

std::vector<StandardShare::Change> StandardShare::take_changes() {
    return std::exchange(changes_, {});
}

void StandardShare::set(PeerId id, Peer& peer, bool may_ask) {
    if (std::exchange(peer.may_ask, may_ask) != may_ask) changes_.push_back({id, may_ask});
}

void StandardShare::begin_turn(TimePoint now) {
    if (limited_ && !holder_) pass_turn(now);
}

void StandardShare::pass_turn(TimePoint now) {
    std::optional<PeerId> next;
    const auto last_turn = [this](PeerId id) { return std::pair(peers_.at(id).turn, id); };
    for (const auto& [id, peer] : peers_) {
        if (spent_ || peer.complete || peer.rests_until > now) continue;
        if (!next || last_turn(id) < last_turn(*next)) next = id;
    }
    // Where nobody else waits its turn goes on: no choke throws its queue away.
    if (holder_ && holder_ != next) set(*holder_, peers_.at(*holder_), false);
    holder_ = next;
    if (!holder_) return;
    Peer& peer = peers_.at(*holder_);
    peer.turn = ++turns_;
    peer.sent_in_turn = 0;
    peer.active = now;
    set(*holder_, peer, true);
}

}  // namespace shoal::policy
