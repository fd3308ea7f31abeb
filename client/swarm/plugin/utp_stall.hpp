#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <memory>

/// Inside client/swarm only: leaves a uTP connection (BEP 29) that stands still, and dials the peer over TCP.
///
/// Where the kernel allows no receive buffer that holds a burst (see UdpReceiveBuffer), an old libutp sends
/// one lost packet a timeout, with timeouts that double. The peer's UDP port is the port that it listens on.
namespace shoal::client {

/// For sessions that dial over TCP alone.
class UtpStall : public libtorrent::torrent_plugin {
  public:
    explicit UtpStall(libtorrent::torrent_handle torrent) : torrent_(std::move(torrent)) {}

    std::shared_ptr<libtorrent::peer_plugin> new_connection(
        const libtorrent::peer_connection_handle& connection) override;

  private:
    libtorrent::torrent_handle torrent_;
};

}  // namespace shoal::client
