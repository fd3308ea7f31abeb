#include "client/swarm/policy/leecher.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::policy {
namespace {

// What the uplink can carry is the best that it did lately: it does not get slower because peers want less.
constexpr double kFade = 0.98;
// Half a megabyte goes into a socket at once: a second or two say little about a slow link.
constexpr double kSmoothing = 0.2;

}  // namespace

bool OriginLink::swallow_have_all() {
    if (rationed_ && !swallowed_) {
        swallowed_ = true;
        return true;
    }
    rationed_ = false;
    return false;
}

bool OriginLink::distrust(TimePoint now, TimePoint idle_since, Duration patience) const {
    return rationed_ && now - heard_ >= patience && now - idle_since >= patience;
}

std::uint32_t UnchokeSlots::slots() const {
    const double wanted = options_.fewest + std::floor(best_);
    return wanted < options_.most ? static_cast<std::uint32_t>(wanted) : options_.most;
}

void UnchokeSlots::begin(double pieces_a_second) {
    best_ = std::max(best_, pieces_a_second);
}

void UnchokeSlots::sample(double pieces_a_second) {
    average_ += kSmoothing * (pieces_a_second - average_);
    best_ = std::max(best_ * kFade, average_);
}

}  // namespace shoal::policy
