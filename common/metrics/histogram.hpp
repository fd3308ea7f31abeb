#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace shoal::metrics {

/// How long something takes, counted by classes of duration. Thread-safe, without a lock: each thread adds to
/// one of a few sets of counters, so that threads on the way of an announce do not share a cache line.
class Histogram {
  public:
    static constexpr std::size_t kMaxBounds = 18;

    /// What was counted so far. While others count, a duration may be in one of the members and not yet in
    /// the other.
    struct Counts {
        std::vector<std::chrono::nanoseconds> bounds;
        std::vector<std::uint64_t> at_most;  ///< one a bound, and one more for all: never decreasing
        std::chrono::nanoseconds sum{0};
    };

    /// @param bounds  ascending, at most kMaxBounds; a duration belongs to the first that is not below it
    explicit Histogram(std::span<const std::chrono::nanoseconds> bounds);

    void count(std::chrono::nanoseconds took, std::uint64_t times = 1) noexcept;
    [[nodiscard]] Counts counts() const;

  private:
    static constexpr std::size_t kSets = 8;
    struct alignas(64) Set {
        std::array<std::atomic<std::uint64_t>, kMaxBounds + 1> classes{};
        std::atomic<std::int64_t> sum{0};  ///< nanoseconds
    };

    std::size_t used_;
    std::array<std::int64_t, kMaxBounds> bounds_{};  ///< nanoseconds
    std::array<Set, kSets> sets_;
};

/// 10 microseconds to a second: an answer from memory.
std::span<const std::chrono::nanoseconds> fast_bounds();
/// 100 microseconds to 10 s: work on a piece, or of a disk.
std::span<const std::chrono::nanoseconds> slow_bounds();

}  // namespace shoal::metrics
