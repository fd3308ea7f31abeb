#pragma once

#include <chrono>
#include <cstddef>

namespace shoal::client::disk {

/// How long a piece waits for others to be hashed with it: sixteen side by side cost little more than one. It
/// waits only where pieces come so fast that company is near, so that in a slow swarm nobody hears later of a
/// piece.
class CompanyRule {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t kEnough = 16;  ///< the most lanes that there are
    static constexpr std::chrono::milliseconds kNear{25};
    static constexpr std::chrono::milliseconds kLongest{100};

    /// A piece came.
    void note(TimePoint now);
    /// The most that the first of them should wait; nothing where pieces come too seldom.
    [[nodiscard]] std::chrono::nanoseconds patience() const;

  private:
    TimePoint last_{};
    std::chrono::nanoseconds between_ = std::chrono::seconds(1);  // pieces, smoothed
};

}  // namespace shoal::client::disk
