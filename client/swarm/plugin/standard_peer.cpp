#include "client/swarm/plugin/standard_peer.hpp"

#include <libtorrent/bdecode.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/peer_request.hpp>
#include <string>

#include "client/swarm/plugin/client_id.hpp"
#include "client/swarm/plugin/torrent_policy.hpp"
#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {
namespace lt = libtorrent;

bool StandardPeer::on_handshake(lt::span<const char>) {
    // One of us that wants some files only does not say so in its extended handshake.
    return !is_client(connection_, "SH");
}

bool StandardPeer::on_extension_handshake(const lt::bdecode_node& handshake) {
    return !handshake.dict_find_dict(std::string(wire::kHandshakeKey));
}

bool StandardPeer::on_request(const lt::peer_request&) {
    // libtorrent's own choker may have unchoked it since. It rejects the request itself once the peer is
    // choked.
    if (!connection_.is_choked() && waits()) connection_.choke_this_peer();
    return false;
}

void StandardPeer::sent_choke() {
    grace_.choked(TorrentPolicy::now());
}

bool StandardPeer::can_disconnect(const lt::error_code& why) {
    return why != lt::errors::too_many_requests_when_choked || !grace_.covers(TorrentPolicy::now());
}

void StandardPeer::tick() {
    if (connection_.is_choked() && connection_.is_peer_interested() && !waits())
        connection_.maybe_unchoke_this_peer();
}

bool StandardPeer::waits() const {
    const auto torrent = torrent_.lock();
    return torrent != nullptr && torrent->own_neighbours_wait();
}

}  // namespace shoal::client
