#pragma once

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "client/daemon/torrent_view.hpp"
#include "common/ip_address.hpp"

namespace shoal::daemon {

/// Finds the addresses of peers that a magnet link names (BEP 9). Asking for a host's takes as long as the
/// name server likes, so threads of its own do it. Called from one thread.
class PeerLookup {
  public:
    using Found = std::pair<TorrentNumber, std::vector<Endpoint>>;

    /// @param peers  "HOST:PORT" each. Those that nobody knows are logged.
    void start(TorrentNumber torrent, std::vector<std::string> peers);
    /// What was found since the last call. Does not wait.
    std::vector<Found> take();

  private:
    std::vector<std::future<Found>> running_;
};

}  // namespace shoal::daemon
