#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// A peer that wants something of this host.
struct Need {
    PeerId peer = 0;
    std::uint32_t has = 0;  ///< pieces, those that are on their way to it too where that is known
};

/// Whom a host serves while it has unchoke slots: the peers with the fewest pieces. Tit-for-tat serves
/// whoever gives most, and any peer at random is no better: in both some are served by few for long, and the
/// makespan is theirs. In a fleet everybody waits for the slowest, so nobody loses by this, and a peer that
/// claims to have little to be served first gets no more than its link carries.
///
/// Brings the neediest of [first, last) to `first`; of equals the earlier one, so shuffle or rotate before.
template <typename Iterator>
void neediest_to_front(Iterator first, Iterator last) {
    if (first == last) return;
    std::iter_swap(first,
                   std::min_element(first, last, [](const Need& x, const Need& y) { return x.has < y.has; }));
}

/// The neediest `slots` of `peers`, neediest first.
inline std::vector<PeerId> neediest(std::vector<Need> peers, std::size_t slots) {
    std::vector<PeerId> chosen;
    for (auto next = peers.begin(); next != peers.end() && chosen.size() < slots; ++next) {
        neediest_to_front(next, peers.end());
        chosen.push_back(next->peer);
    }
    return chosen;
}

}  // namespace shoal::policy
