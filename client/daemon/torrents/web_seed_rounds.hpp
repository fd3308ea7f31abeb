#pragma once

#include <cstdint>
#include <functional>

#include "client/daemon/state_store.hpp"
#include "client/daemon/torrents/torrent_table.hpp"
#include "client/swarm/events.hpp"
#include "client/webseed/web_seed_watch.hpp"

namespace shoal::client {
class Swarm;
}

namespace shoal::daemon {

/// Looks at the web seeds of what is to be downloaded, and has those asked that can be (BEP 19).
class WebSeedRounds {
  public:
    using Clock = std::function<std::int64_t()>;  ///< in seconds; only differences count

    /// @param rules  where web seeds may be asked
    WebSeedRounds(TorrentTable& torrents, const StateStore& store, client::Swarm& swarm, webseed::Rules rules,
                  TorrentGuard guard, Clock clock);

    /// Of a torrent that has joined and downloads. Nothing where it has none, or where it has begun already.
    void begin(Torrent& torrent);
    void failed(Torrent& torrent, const client::WebSeedFailed& failed);
    /// Once a second.
    void tick();

  private:
    TorrentTable& torrents_;
    const StateStore& store_;
    client::Swarm& swarm_;
    webseed::WebSeedWatch watch_;
    TorrentGuard guard_;
    Clock clock_;
};

}  // namespace shoal::daemon
