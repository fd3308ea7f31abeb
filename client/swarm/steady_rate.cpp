#include "client/swarm/steady_rate.hpp"

#include <algorithm>

namespace shoal::client {

void SteadyRate::sample(std::uint64_t rate) {
    constexpr double kFade = 0.999;  // half of it is forgotten in twelve minutes
    constexpr double kNear = 5.0 / 6;
    constexpr double kGrowing = 1.2;  // still finding out how fast it gets
    const auto now = static_cast<double>(rate);
    const bool near = rate > 0 && now >= best_ * kNear && now <= best_ * kGrowing;
    seconds_ = near ? seconds_ + 1 : 0;
    best_ = std::max(best_ * kFade, now);
}

bool SteadyRate::steady() const {
    constexpr int kSeconds = 10;
    return seconds_ >= kSeconds;
}

}  // namespace shoal::client
