#include "client/swarm/policy/roster.hpp"

#include <algorithm>

namespace shoal::policy {

HandOut* Roster::Peer::find(PieceIndex piece) {
    const auto found = std::find_if(hand_outs.begin(), hand_outs.end(),
                                    [&](const HandOut& out) { return out.piece == piece; });
    return found == hand_outs.end() ? nullptr : &*found;
}

Roster::Peer& Roster::add(PeerId id, bool standard, std::uint32_t group, std::uint32_t pieces) {
    Peer& peer = peers_[id];
    peer.id = id;
    peer.standard = standard;
    peer.group = group;
    peer.has.assign(pieces, false);
    peer.proven.assign(pieces, false);
    places_[id].turn = ++turn_;
    reorder(peer);
    return peer;
}

void Roster::remove(PeerId id) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return;
    const auto group = groups_.find(found->second.group);
    if (group != groups_.end()) {
        group->second.handed_out -= places_[id].counted;
        if (const auto key = keys_.find(id); key != keys_.end()) group->second.peers.erase(key->second);
        if (group->second.peers.empty() && group->second.handed_out == 0) groups_.erase(group);
    }
    keys_.erase(id);
    places_.erase(id);
    peers_.erase(found);
}

Roster::Peer* Roster::find(PeerId id) {
    const auto found = peers_.find(id);
    return found == peers_.end() ? nullptr : &found->second;
}

void Roster::reorder(Peer& peer) {
    if (peer.standard) return;
    Group& group = groups_[peer.group];
    Place& place = places_[peer.id];
    const auto load = static_cast<std::uint32_t>(peer.hand_outs.size());
    group.handed_out += load - place.counted;
    place.counted = load;
    if (const auto key = keys_.find(peer.id); key != keys_.end()) {
        group.peers.erase(key->second);
        keys_.erase(key);
    }
    if (peer.silent || peer.rests_until || peer.has_count == peer.has.size()) return;
    const Key key{load + (peer.slow ? 1U : 0U), place.turn, peer.id};
    keys_[peer.id] = key;
    group.peers.insert(key);
}

void Roster::served(Peer& peer) {
    places_[peer.id].turn = ++turn_;
    reorder(peer);
}

Roster::Peer* Roster::next(std::uint32_t most) {
    static const std::set<PeerId> nobody;
    return next(most, nobody);
}

Roster::Peer* Roster::next(std::uint32_t most, const std::set<PeerId>& refused) {
    using Rank = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;  // load, group's load, turn
    Peer* best = nullptr;
    Rank best_rank{};
    for (auto& [id, group] : groups_) {
        for (const auto& [load, turn, peer_id] : group.peers) {
            if (load >= most + 1) break;
            if (refused.count(peer_id) != 0) continue;
            Peer& peer = peers_.at(peer_id);
            const std::uint32_t its_most = peer.finished == 0 ? 1 : most;
            if (peer.hand_outs.size() >= its_most) continue;
            const Rank rank{load, group.handed_out, turn};
            if (best == nullptr || rank < best_rank) {
                best = &peer;
                best_rank = rank;
            }
            break;
        }
    }
    return best;
}

}  // namespace shoal::policy
