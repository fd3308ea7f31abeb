#include "client/swarm/reannounce_rule.hpp"

#include <algorithm>

namespace shoal::client {

using namespace std::chrono_literals;

bool ReannounceRule::should_announce(Duration without_progress) {
    constexpr Duration kFirst = 5s;
    constexpr Duration kLongest = 60s;
    constexpr Duration kLong = 1h;  // a daemon may have many torrents whose seeds are gone for good
    constexpr Duration kLongestThen = 10min;
    if (!next_ || without_progress < kFirst) {
        next_ = kFirst;
        step_ = kFirst;
    }
    if (without_progress < *next_) return false;
    step_ = std::min(step_ * 2, without_progress < kLong ? kLongest : kLongestThen);
    next_ = without_progress + step_;
    return true;
}

}  // namespace shoal::client
