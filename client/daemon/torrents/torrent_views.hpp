#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "client/daemon/state_store.hpp"
#include "client/daemon/torrent_view.hpp"
#include "client/daemon/torrents/torrent_table.hpp"
#include "client/daemon/torrents/traffic.hpp"

namespace shoal::client {
class Swarm;
}

namespace shoal::daemon {

/// What the daemon shows of its torrents. Each throws Error for a number that no torrent has.
class TorrentViews {
  public:
    using Clock = std::function<std::int64_t()>;  ///< seconds since 1970

    TorrentViews(const TorrentTable& torrents, const Traffic& traffic, const StateStore& store,
                 const client::Swarm& swarm, Clock clock);

    [[nodiscard]] TorrentView view(TorrentNumber number) const;
    [[nodiscard]] TorrentDetail detail(TorrentNumber number) const;
    [[nodiscard]] std::vector<FileView> files(TorrentNumber number) const;
    [[nodiscard]] std::vector<PeerView> peers(TorrentNumber number) const;
    [[nodiscard]] std::vector<TrackerView> trackers(TorrentNumber number) const;
    [[nodiscard]] SlowView slow(TorrentNumber number) const;
    [[nodiscard]] std::vector<bool> pieces(TorrentNumber number) const;

  private:
    const TorrentTable& torrents_;
    const Traffic& traffic_;
    const StateStore& store_;
    const client::Swarm& swarm_;
    Clock clock_;
};

}  // namespace shoal::daemon
