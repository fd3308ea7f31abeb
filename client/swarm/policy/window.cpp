#include "client/swarm/policy/window.hpp"

#include <algorithm>

namespace shoal::policy {
namespace {

// Fewer completions than this say nothing about a rate.
constexpr std::uint32_t kShortestRound = 8;

}  // namespace

Window::Window(std::uint32_t pieces, Options options)
    : options_(options),
      open_(std::clamp(pieces / 64, options.open, std::max(options.open, options.maximum / 8))),
      size_(std::min(options.first, open_)),
      kept_(size_) {}

void Window::completed(TimePoint now, std::uint32_t bytes, Duration took, bool limited) {
    if (phase_ == Phase::kOpening) {
        // No round yet: rounds are compared with each other, and these would be the slowest.
        if (took >= options_.long_piece) open_ = size_;
        if (size_ < open_) ++size_;
        if (size_ == open_) {
            kept_ = size_;
            phase_ = Phase::kWarmUp;
        }
        return;
    }
    if (!round_began_) {
        round_began_ = now;
        return;
    }
    round_bytes_ += bytes;
    ++round_pieces_;
    if (limited) ++round_limited_;
    if (round_pieces_ < std::max(size_, kShortestRound)) return;
    const double seconds = std::chrono::duration<double>(now - *round_began_).count();
    // A whole round at one instant: the clock is coarser than the round, wait for more.
    if (seconds <= 0) return;
    const bool was_limited = 2 * round_limited_ > round_pieces_;
    const double rate = static_cast<double>(round_bytes_) / seconds;
    round_began_ = now;
    round_bytes_ = 0;
    round_pieces_ = 0;
    round_limited_ = 0;
    end_round(rate, was_limited);
}

void Window::hold_at(std::uint32_t size) {
    size_ = size;
    kept_ = size;
    rounds_held_ = 0;
    phase_ = Phase::kHold;
}

void Window::end_round(double rate, bool limited) {
    const std::uint32_t larger = std::min(size_ + step(), options_.maximum);
    switch (phase_) {
        case Phase::kOpening:
            return;
        case Phase::kWarmUp:
            held_rate_ = rate;
            phase_ = Phase::kHold;
            if (limited && larger > size_) {
                phase_ = Phase::kGrow;
                size_ = larger;
            }
            return;
        case Phase::kGrow:
            if (rate < held_rate_ * options_.gain_to_keep || !limited) {
                hold_at(kept_);
                return;
            }
            held_rate_ = rate;
            kept_ = size_;
            size_ = std::min(size_ + size_ / 2 + 1, options_.maximum);
            return;
        case Phase::kHold:
            // The rate drifts with the swarm: what is compared must be recent.
            held_rate_ = rounds_held_ == 0 ? rate : 0.5 * held_rate_ + 0.5 * rate;
            if (++rounds_held_ < rounds_to_hold_) return;
            rounds_held_ = 0;
            if (probe_down_next_ && size_ > open_) {
                phase_ = Phase::kProbeDown;
                size_ = std::max(size_ - std::min(step(), size_ - 1), open_);
            } else if (limited && larger > size_) {
                phase_ = Phase::kProbeUp;
                size_ = larger;
            }
            probe_down_next_ = !probe_down_next_;
            return;
        case Phase::kProbeUp:
            if (rate >= held_rate_ * options_.gain_to_keep) {
                held_rate_ = rate;
                kept_ = size_;
                rounds_to_hold_ = kFirstHold;
                phase_ = Phase::kGrow;
                size_ = larger;
                return;
            }
            rounds_to_hold_ = std::min(rounds_to_hold_ * 2, kLongestHold);
            hold_at(kept_);
            return;
        case Phase::kProbeDown:
            if (rate < held_rate_ * options_.loss_to_accept) {
                rounds_to_hold_ = std::min(rounds_to_hold_ * 2, kLongestHold);
                hold_at(kept_);
                return;
            }
            rounds_to_hold_ = kFirstHold;
            hold_at(size_);
            return;
    }
}

}  // namespace shoal::policy
