#pragma once

#include <chrono>
#include <optional>

namespace shoal::client {

/// What a finished download sees of those that still need it.
struct LeechersInSight {
    int connected = 0;              ///< peers that still lack pieces
    bool awaiting_tracker = false;  ///< the announce that we are complete has no answer yet
    std::optional<int> by_tracker;  ///< leechers that the latest answer counted; nothing without an answer
};

/// When a finished `get` may leave the swarm. A swarm whose hosts leave at once starves the last ones, so it
/// stays while somebody needs it: at most as long as its own download took, and that at least 10 s.
class LingerRule {
  public:
    using Duration = std::chrono::milliseconds;

    /// @param seed_for  what the user asked for, instead of the rule; 0 is: leave at once
    LingerRule(std::optional<Duration> seed_for, Duration download_took)
        : seed_for_(seed_for), download_took_(download_took) {}

    [[nodiscard]] bool may_leave(Duration since_done, const LeechersInSight& leechers) const;

  private:
    std::optional<Duration> seed_for_;
    Duration download_took_;
};

}  // namespace shoal::client
