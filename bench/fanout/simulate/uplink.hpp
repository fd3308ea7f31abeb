#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "bench/fanout/simulate/event_queue.hpp"

namespace shoal::simulate {

/// One piece on its way to one host.
struct Transfer {
    double ends = 0;  ///< on its uplink's scale: bytes sent to each transfer that was there all along
    Time began = 0;
    Time slot_since = 0;  ///< when the receiver was given the slot that this is sent in
    std::uint32_t to = 0;
    std::uint32_t piece = 0;
    std::uint32_t bytes = 0;
    std::uint32_t reported = 0;  ///< to the origin's policy, while it goes on
};

/// A link that all its transfers share equally, as TCP's do when nothing else limits them (processor
/// sharing). So there is one event a piece, not one a block: a scale of bytes that every transfer was sent
/// moves on with rate / count, and who started at x ends at x + size.
class Uplink {
  public:
    static constexpr Time kNever = std::numeric_limits<Time>::max();

    /// @param rate  bytes a second, all together
    /// @param most  bytes a second, of one transfer: the receiver's link
    void set_rate(double rate, double most) {
        rate_ = rate / kNanoseconds;
        most_ = most / kNanoseconds;
    }
    [[nodiscard]] const std::vector<Transfer>& transfers() const { return transfers_; }
    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(transfers_.size()); }
    [[nodiscard]] bool serves(std::uint32_t host) const {
        return std::any_of(transfers_.begin(), transfers_.end(),
                           [&](const Transfer& t) { return t.to == host; });
    }
    [[nodiscard]] double sent() const { return sent_; }

    void advance(Time now) {
        const double scale = each() * static_cast<double>(now - advanced_);
        scale_ += scale;
        sent_ += scale * static_cast<double>(transfers_.size());
        advanced_ = now;
    }
    /// After advance(now).
    void add(Transfer transfer) {
        transfer.ends = scale_ + transfer.bytes;
        // Almost always the last place: pieces are of one size.
        auto at = transfers_.end();
        while (at != transfers_.begin() && (at - 1)->ends > transfer.ends) --at;
        transfers_.insert(at, transfer);
    }
    /// When the first transfer ends if nothing changes; kNever without one.
    [[nodiscard]] Time next() const {
        if (transfers_.empty()) return kNever;
        const double left = std::max(0.0, transfers_.front().ends - scale_);
        return advanced_ + static_cast<Time>(left / each()) + 1;
    }
    /// After advance(now).
    [[nodiscard]] bool any_done() const {
        return !transfers_.empty() && transfers_.front().ends <= scale_ + kRounding;
    }
    Transfer take_done() {
        const Transfer done = transfers_.front();
        transfers_.erase(transfers_.begin());
        return done;
    }
    /// After advance(now). Those for which `gone` is true end here.
    template <typename Gone>
    void drop(Gone gone) {
        transfers_.erase(std::remove_if(transfers_.begin(), transfers_.end(), gone), transfers_.end());
    }
    /// Bytes of a transfer that have left, after advance(now).
    [[nodiscard]] std::uint32_t sent_of(const Transfer& transfer) const {
        const double left = std::clamp(transfer.ends - scale_, 0.0, static_cast<double>(transfer.bytes));
        return transfer.bytes - static_cast<std::uint32_t>(std::llround(left));
    }
    std::vector<Transfer>& going_on() { return transfers_; }

    Time scheduled = kNever;  ///< the event that is waited for; others are stale

  private:
    static constexpr double kRounding = 0.01;  // bytes
    [[nodiscard]] double each() const {
        return transfers_.empty() ? 0 : std::min(most_, rate_ / static_cast<double>(transfers_.size()));
    }

    double rate_ = 0;  ///< bytes a nanosecond
    double most_ = 0;
    double scale_ = 0;
    double sent_ = 0;
    Time advanced_ = 0;
    std::vector<Transfer> transfers_;  ///< by `ends`
};

}  // namespace shoal::simulate
