#include "client/download/linger_rule.hpp"

#include <algorithm>

namespace shoal::client {

using namespace std::chrono_literals;

bool LingerRule::may_leave(Duration since_done, const LeechersInSight& leechers) const {
    if (seed_for_) return since_done >= *seed_for_;
    if (since_done >= std::max<Duration>(download_took_, 10s)) return true;
    // A tracker that answers at all does so within this; a dead one is no reason to stay.
    constexpr Duration kAnswerPatience = 3s;
    if (leechers.awaiting_tracker && since_done < kAnswerPatience) return false;
    return leechers.connected == 0 && leechers.by_tracker.value_or(0) == 0;
}

}  // namespace shoal::client
