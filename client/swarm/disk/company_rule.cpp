#include "client/swarm/disk/company_rule.hpp"

#include <algorithm>

namespace shoal::client::disk {
namespace {

constexpr int kSmoothing = 4;  // a new value counts for a quarter
constexpr std::chrono::nanoseconds kForgetAfter = std::chrono::seconds(1);

}  // namespace

void CompanyRule::note(TimePoint now) {
    const auto passed =
        std::clamp<std::chrono::nanoseconds>(now - last_, std::chrono::nanoseconds(0), kForgetAfter);
    last_ = now;
    // The end of a pause says nothing of what follows it, but that it is not known.
    between_ = passed == kForgetAfter ? kForgetAfter : between_ + (passed - between_) / kSmoothing;
}

std::chrono::nanoseconds CompanyRule::patience() const {
    if (between_ > kNear) return std::chrono::nanoseconds(0);
    return std::min<std::chrono::nanoseconds>(between_ * kEnough, kLongest);
}

}  // namespace shoal::client::disk
