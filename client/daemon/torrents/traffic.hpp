#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "client/daemon/rate_schedule.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "client/swarm/steady_rate.hpp"

namespace shoal::daemon {

/// What the torrents send and receive now, together. Idle torrents cost nothing here.
class Traffic {
  public:
    /// After each change of its rates.
    void update(const Torrent& torrent);
    void forget(TorrentNumber number) { busy_.erase(number); }
    /// Once a second.
    void sample();
    /// Bytes a second; a direction without traffic is 0.
    [[nodiscard]] Rates rates() const;
    /// Torrents with a rate above 0.
    [[nodiscard]] std::vector<TorrentNumber> busy() const;
    [[nodiscard]] std::size_t busy_count() const { return busy_.size(); }
    [[nodiscard]] bool steady_down() const { return down_.steady(); }
    [[nodiscard]] bool steady_up() const { return up_.steady(); }

  private:
    std::unordered_map<TorrentNumber, Rates> busy_;
    client::SteadyRate down_;
    client::SteadyRate up_;
};

}  // namespace shoal::daemon
