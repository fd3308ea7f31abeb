#include "client/download/linger_rule.hpp"

#include <algorithm>

namespace shoal::client {

using namespace std::chrono_literals;

bool LingerRule::may_leave(Duration since_done, const SwarmInSight& swarm) const {
    if (goals_.any()) {
        return (goals_.seed_for && since_done >= *goals_.seed_for) ||
               (goals_.ratio && swarm.ratio >= *goals_.ratio) ||
               (goals_.peers_done && swarm.peers_done >= *goals_.peers_done);
    }
    if (since_done >= std::max<Duration>(download_took_, 10s)) return true;
    // A tracker that answers at all does so within this; a dead one is no reason to stay.
    constexpr Duration kAnswerPatience = 3s;
    if (swarm.awaiting_tracker && since_done < kAnswerPatience) return false;
    return swarm.leechers_connected == 0 && swarm.leechers_counted.value_or(0) == 0;
}

}  // namespace shoal::client
