#include "tracker/swarm/progress_count.hpp"

#include <cmath>

namespace shoal::tracker {

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
    left_ += static_cast<double>(missing);
    stalled_ += stalled ? 1 : 0;
}

void ProgressCount::scale_to(std::size_t peers) {
    if (peers_ == 0 || peers_ == static_cast<double>(peers)) return;
    const double factor = static_cast<double>(peers) / peers_;
    for (double& count : peers_by_step_) count *= factor;
    for (double* sum : {&peers_, &incomplete_, &sum_, &rate_, &left_, &stalled_}) *sum *= factor;
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
    left_ += other.left_;
    stalled_ += other.stalled_;
}

std::optional<ProgressView::Shares> ProgressCount::shares() const {
    if (peers_ == 0 || (size_ == 0 && incomplete_ > 0)) return std::nullopt;
    constexpr double kHalf = 0.5;
    constexpr double kNearlyAll = 0.99;
    return ProgressView::Shares{sum_ / peers_, reached(kHalf), reached(kNearlyAll)};
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
