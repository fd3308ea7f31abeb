#include "tracker/swarm/progress_count.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::tracker {
namespace {

constexpr double kNearlyAll = 0.99;

}  // namespace

void ProgressCount::add_peer(bool left_known, std::uint64_t left, double rate, bool downloads, bool stalled) {
    const bool known = left_known && size_ != 0 && left <= size_;
    const std::uint64_t missing = known ? left : size_;
    const std::uint64_t have = size_ - missing;
    // In floating point 0.29 of 1,000 would be 289 thousandths. Sizes are below 2^53, so this fits 64 bits.
    ++peers_by_step_.at(size_ == 0 ? 0 : have * kSteps / size_);
    ++peers_;
    ++incomplete_;
    if (size_ != 0) sum_ += static_cast<double>(have) / static_cast<double>(size_);
    if (!downloads) return;
    rate_ += rate;
    stalled_ += stalled ? 1 : 0;
    if (known && !stalled && rate >= 1)
        seconds_.push_back(static_cast<float>(static_cast<double>(missing) / rate));
}

void ProgressCount::scale_to(std::size_t peers) {
    if (peers_ == 0 || peers_ == static_cast<double>(peers)) return;
    const double factor = static_cast<double>(peers) / peers_;
    for (double& count : peers_by_step_) count *= factor;
    for (double* sum : {&peers_, &incomplete_, &sum_, &rate_, &stalled_}) *sum *= factor;
}

void ProgressCount::add_seeds(std::size_t count) {
    peers_by_step_.back() += static_cast<double>(count);
    peers_ += static_cast<double>(count);
    sum_ += static_cast<double>(count);
}

void ProgressCount::add(const ProgressCount& other) {
    for (std::size_t step = 0; step <= kSteps; ++step) peers_by_step_[step] += other.peers_by_step_[step];
    peers_ += other.peers_;
    incomplete_ += other.incomplete_;
    sum_ += other.sum_;
    rate_ += other.rate_;
    stalled_ += other.stalled_;
    seconds_.insert(seconds_.end(), other.seconds_.begin(), other.seconds_.end());
}

std::optional<ProgressView::Shares> ProgressCount::shares() const {
    if (peers_ == 0 || (size_ == 0 && incomplete_ > 0)) return std::nullopt;
    constexpr double kHalf = 0.5;
    return ProgressView::Shares{sum_ / peers_, reached(kHalf), reached(kNearlyAll)};
}

std::optional<std::uint64_t> ProgressCount::seconds_left() const {
    if (seconds_.empty()) return std::nullopt;
    std::vector<float> order = seconds_;
    const auto nearly_last =
        order.begin() +
        static_cast<std::ptrdiff_t>(std::ceil(kNearlyAll * static_cast<double>(order.size()))) - 1;
    std::nth_element(order.begin(), nearly_last, order.end());
    return static_cast<std::uint64_t>(std::ceil(*nearly_last));
}

/// What that share of the peers has at least.
double ProgressCount::reached(double share) const {
    const double behind = std::floor((1 - share) * peers_);
    double seen = 0;
    for (std::size_t step = 0; step <= kSteps; ++step) {
        seen += peers_by_step_[step];
        if (seen > behind) return static_cast<double>(step) / kSteps;
    }
    return 1;
}

}  // namespace shoal::tracker
