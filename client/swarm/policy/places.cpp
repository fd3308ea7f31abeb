#include "client/swarm/policy/places.hpp"

#include <algorithm>
#include <set>

namespace shoal::policy {

void Places::joined(PeerId peer, const std::string& address, TimePoint now) {
    peers_[peer] = {address, now, true, false};
}

void Places::left(PeerId peer) {
    peers_.erase(peer);
}

void Places::may_ask(PeerId peer) {
    const auto found = peers_.find(peer);
    if (found != peers_.end()) found->second.might_ask = true;
}

void Places::belongs(PeerId peer) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    found->second.stranger = false;
    blocked_.erase(found->second.address);
}

Places::Verdict Places::judge(std::uint32_t places, TimePoint now) {
    Verdict verdict;
    for (auto it = blocked_.begin(); it != blocked_.end();)
        it = it->second.until + options_.longest_block < now ? blocked_.erase(it) : std::next(it);
    if (4 * peers_.size() < 3 * std::size_t{places}) return verdict;
    std::map<std::string, std::vector<const std::pair<const PeerId, Peer>*>> strangers;
    std::set<std::string> taking;
    std::size_t count = 0;
    for (const auto& one : peers_) {
        if (!one.second.stranger) {
            taking.insert(one.second.address);
            continue;
        }
        strangers[one.second.address].push_back(&one);
        ++count;
    }
    const Duration patience = 2 * count >= places ? options_.little_patience : options_.patience;
    for (auto& [address, connections] : strangers) {
        std::sort(connections.begin(), connections.end(),
                  [](const auto* one, const auto* other) { return one->second.since < other->second.since; });
        const std::size_t before = verdict.go.size();
        for (std::size_t i = 0; i < connections.size(); ++i) {
            if (i >= options_.strangers_an_address || now - connections[i]->second.since >= patience)
                verdict.go.push_back(connections[i]->first);
        }
        if (verdict.go.size() == before || taking.count(address) > 0) continue;
        const bool did_not_ask = std::any_of(connections.begin(), connections.end(),
                                             [](const auto* one) { return one->second.might_ask; });
        Blocked& blocked = blocked_[address];
        if (blocked.duration == Duration{}) {
            blocked.duration = options_.first_block;
        } else if (did_not_ask) {
            blocked.duration = std::min(2 * blocked.duration, options_.longest_block);
        }
        blocked.until = now + blocked.duration;
        verdict.block[address] = blocked.duration;
    }
    return verdict;
}

}  // namespace shoal::policy
