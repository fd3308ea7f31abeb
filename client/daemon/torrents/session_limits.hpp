#pragma once

#include <functional>
#include <vector>

#include "client/daemon/rate_schedule.hpp"
#include "client/daemon/session_view.hpp"
#include "client/daemon/torrents/torrent.hpp"

namespace shoal::client {
class Swarm;
}

namespace shoal::daemon {

/// Tells the swarm the limits that hold now: of rates by setting, by the time of day and by the alternative
/// ones, and of peers.
class SessionLimits {
  public:
    using LocalTime = std::function<WeekTime()>;

    SessionLimits(client::Swarm& swarm, LocalTime local_time);

    /// Once a second, and after each change. The swarm is told only what is new.
    /// @param rules  by time of day; the first that fits wins
    void apply(const SessionView& session, const std::vector<RateRule>& rules);
    /// A torrent that has just joined, or whose settings changed.
    void apply_to(const Torrent& torrent, const SessionView& session);

  private:
    client::Swarm& swarm_;
    LocalTime local_time_;
    bool applied_ = false;
    Rates rates_;
    int peer_limit_ = 0;
};

}  // namespace shoal::daemon
