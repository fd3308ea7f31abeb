#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace shoal {

/// Rate over a sliding window, from byte totals: libtorrent's own rates are 32-bit and overflow at 2 GiB/s.
/// The caller passes the time, so tests need no clock.
class RateMeter {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit RateMeter(std::chrono::milliseconds window = std::chrono::seconds(5)) : window_(window) {}

    /// @param total_bytes  a running total, not a difference
    void add(TimePoint now, std::uint64_t total_bytes);
    /// Bytes a second over the window; 0 until two samples are there.
    [[nodiscard]] double rate() const;
    /// Time for `remaining` bytes at this rate; nothing while the rate is 0.
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_left(std::uint64_t remaining) const;

  private:
    struct Sample {
        TimePoint at;
        std::uint64_t total;
    };
    std::chrono::milliseconds window_;
    std::deque<Sample> samples_;
};

}  // namespace shoal
