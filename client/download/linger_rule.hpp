#pragma once

#include <chrono>
#include <optional>

namespace shoal::client {

/// What the user asked for, instead of the rule below. The first goal that is reached ends the seeding.
struct SeedingGoals {
    std::optional<std::chrono::milliseconds> seed_for;  ///< 0: leave at once
    std::optional<double> ratio;                        ///< bytes sent / bytes of content
    std::optional<int> peers_done;                      ///< other peers that have everything

    [[nodiscard]] bool any() const { return seed_for || ratio || peers_done; }
};

/// What a finished download sees of the swarm.
struct SwarmInSight {
    int leechers_connected = 0;           ///< peers that still lack pieces
    bool awaiting_tracker = false;        ///< the announce that we are complete has no answer yet
    std::optional<int> leechers_counted;  ///< by the tracker's latest answer; nothing without an answer
    int peers_done = 0;                   ///< other peers that have everything
    double ratio = 0;                     ///< bytes sent / bytes of content
};

/// When a finished `get` may leave the swarm. A swarm whose hosts leave at once starves the last ones, so
/// without a goal it stays while somebody needs it: at most as long as its own download took, and that at
/// least 10 s.
class LingerRule {
  public:
    using Duration = std::chrono::milliseconds;

    LingerRule(const SeedingGoals& goals, Duration download_took)
        : goals_(goals), download_took_(download_took) {}

    [[nodiscard]] bool may_leave(Duration since_done, const SwarmInSight& swarm) const;

  private:
    SeedingGoals goals_;
    Duration download_took_;
};

}  // namespace shoal::client
