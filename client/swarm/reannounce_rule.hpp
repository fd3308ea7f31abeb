#pragma once

#include <chrono>
#include <optional>

namespace shoal::client {

/// When a download that gets nothing asks its trackers, the DHT and the local network again, although their
/// interval is not over. Whoever announces first gets a list of almost nobody; at a public tracker the next
/// one comes after half an hour. One for each torrent, of `get` and the daemon alike.
class ReannounceRule {
  public:
    using Duration = std::chrono::milliseconds;

    /// First after 5 s without a byte, then after twice the wait each time, at most a minute apart, and ten
    /// minutes apart after an hour: a swarm without a seed costs its tracker no more than that.
    /// @param without_progress  since the last byte came
    bool should_announce(Duration without_progress);

  private:
    std::optional<Duration> next_;
    Duration step_{};
};

}  // namespace shoal::client
