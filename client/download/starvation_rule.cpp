#include "client/download/starvation_rule.hpp"

#include <algorithm>

namespace shoal::client {

using namespace std::chrono_literals;

bool StarvationRule::should_announce(Duration without_progress) {
    constexpr Duration kFirst = 5s;
    constexpr Duration kLongest = 60s;
    if (!next_ || without_progress < kFirst) {
        next_ = kFirst;
        step_ = kFirst;
    }
    if (without_progress < *next_) return false;
    step_ = std::min(step_ * 2, kLongest);
    next_ = without_progress + step_;
    return true;
}

}  // namespace shoal::client
