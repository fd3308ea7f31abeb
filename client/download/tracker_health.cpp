#include "client/download/tracker_health.hpp"

#include <utility>

namespace shoal::client {

void TrackerHealth::failed(const std::string& what, TimePoint now) {
    if (failure_.empty()) since_ = now;
    failure_ = what;
}

std::optional<std::string> TrackerHealth::warning(TimePoint now) {
    constexpr std::chrono::seconds kOthersMayAnswer{1};
    if (failure_.empty() || warned_ || now - since_ < kOthersMayAnswer) return std::nullopt;
    warned_ = true;
    return "tracker " + failure_;
}

}  // namespace shoal::client
