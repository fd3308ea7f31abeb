#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "client/swarm/policy/places.hpp"

/// Inside client/swarm only: places at a complete torrent are kept for those who take something.
namespace shoal::client {

/// Addresses that are to be kept out, from the network thread to the owner of the session. libtorrent takes
/// whoever comes to a full torrent for somebody else, by the order of BEP 40, before a plugin is asked; only
/// its address filter works earlier.
class BlockLog {
  public:
    using Block = std::pair<std::string, policy::Duration>;

    void add(Block block);
    std::vector<Block> take();

  private:
    std::mutex mutex_;
    std::vector<Block> blocks_;
};

/// policy::Places of one torrent.
class PlaceKeeper : public libtorrent::torrent_plugin, public std::enable_shared_from_this<PlaceKeeper> {
  public:
    /// @param incoming_percent  of the torrent's limit of connections, that it takes from those who dial it
    PlaceKeeper(libtorrent::torrent_handle torrent, int incoming_percent, std::shared_ptr<BlockLog> log);

    std::shared_ptr<libtorrent::peer_plugin> new_connection(
        const libtorrent::peer_connection_handle& connection) override;
    void tick() override;

    // For its connections.
    [[nodiscard]] policy::Places& places() { return places_; }
    [[nodiscard]] bool must_go(policy::PeerId peer) const;

  private:
    libtorrent::torrent_handle torrent_;
    int incoming_percent_;
    std::shared_ptr<BlockLog> log_;
    policy::Places places_;
    policy::PeerId next_peer_ = 1;
    std::vector<policy::PeerId> going_;
};

}  // namespace shoal::client
