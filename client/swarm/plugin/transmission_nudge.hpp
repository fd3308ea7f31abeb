#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <memory>

/// Inside client/swarm only: makes Transmission hear the first thing that a host says to it.
///
/// What comes in one read with the end of the handshake, Transmission 3.00 looks at only when more comes. A
/// host that has everything says so (HAVE_ALL of BEP 6, UNCHOKE) right behind its handshake and then waits to
/// be asked, for ever: Transmission, where it dialled over uTP (BEP 29), as it does first, had not seen that
/// there is anything. So it gets a few keep-alives (BEP 3).
namespace shoal::client {

class TransmissionNudge : public libtorrent::torrent_plugin {
  public:
    std::shared_ptr<libtorrent::peer_plugin> new_connection(
        const libtorrent::peer_connection_handle& connection) override;
};

}  // namespace shoal::client
