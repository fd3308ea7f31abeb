#include "client/swarm/policy/leecher.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::policy {
namespace {

// One sample says little: a full link has gaps and an idle one has bursts.
constexpr std::uint32_t kSamplesToShrink = 3;
constexpr std::uint32_t kSamplesToGrow = 2;
// The best rate ever seen fades, or one burst out of a buffer would make the link look idle for good.
constexpr double kFade = 0.98;

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

void UnchokeSlots::sample(const Sample& now) {
    best_ = std::max(best_ * kFade, now.upload_rate);
    if (best_ <= 0) return;
    const bool full = now.upload_rate >= options_.full * best_;
    const bool idle = now.upload_rate < options_.idle * best_;
    samples_full_ = full ? samples_full_ + 1 : 0;
    samples_idle_ = idle ? samples_idle_ + 1 : 0;
    if (samples_full_ >= kSamplesToShrink) {
        samples_full_ = 0;
        // Slots nobody uses are not what splits the link.
        const std::uint32_t used = std::min(slots_, std::max(now.interested, options_.fewest));
        slots_ = std::max(options_.fewest, used - used / 4);
    } else if (samples_idle_ >= kSamplesToGrow && now.interested > slots_) {
        samples_idle_ = 0;
        slots_ = std::min(options_.most, slots_ + slots_ / 2 + 1);
    }
}

std::uint32_t connections_wanted(std::uint32_t hosts) {
    constexpr double kFloor = 20;
    if (hosts == 0) return 30;
    const double wanted = std::max(kFloor, std::ceil(3 * std::log(static_cast<double>(hosts))));
    return std::min(static_cast<std::uint32_t>(wanted), 60U);
}

}  // namespace shoal::policy
