#include "common/rate_meter.hpp"

namespace shoal {

void RateMeter::add(TimePoint now, std::uint64_t total_bytes) {
    samples_.push_back({now, total_bytes});
    while (samples_.size() > 2 && samples_[1].at <= now - window_) samples_.pop_front();
}

double RateMeter::rate() const {
    if (samples_.size() < 2) return 0;
    const Sample& first = samples_.front();
    const Sample& last = samples_.back();
    const double seconds = std::chrono::duration<double>(last.at - first.at).count();
    if (seconds <= 0 || last.total <= first.total) return 0;
    return static_cast<double>(last.total - first.total) / seconds;
}

std::optional<std::chrono::milliseconds> RateMeter::time_left(std::uint64_t remaining) const {
    const double bytes_per_second = rate();
    if (bytes_per_second < 1) return std::nullopt;
    const double seconds = static_cast<double>(remaining) / bytes_per_second;
    constexpr double kHundredDays = 8.64e6;
    if (seconds > kHundredDays) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace shoal
