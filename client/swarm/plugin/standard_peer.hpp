#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <memory>

#include "client/swarm/policy/choke_grace.hpp"

namespace shoal::client {

class TorrentPolicy;

/// One connection of a host that downloads to another client, which gets nothing while our own neighbours
/// wait for content. Many clients give little until they are complete: beside ten Transmissions a host
/// spent half of its uplink on them, and took one and a half times as long as among its own
/// (docs/measurements/2026-11-28-clients.md). When ours are complete all of them serve the others. Lets go of
/// a connection to one of us.
class StandardPeer : public libtorrent::peer_plugin {
  public:
    StandardPeer(libtorrent::peer_connection_handle connection, std::weak_ptr<TorrentPolicy> torrent)
        : connection_(std::move(connection)), torrent_(std::move(torrent)) {
        grace_.give();
    }

    libtorrent::string_view type() const override { return "shoal_standard"; }
    bool on_handshake(libtorrent::span<const char> reserved) override;
    bool on_extension_handshake(const libtorrent::bdecode_node& handshake) override;
    bool on_request(const libtorrent::peer_request& block) override;
    void sent_choke() override;
    bool can_disconnect(const libtorrent::error_code& why) override;
    void tick() override;

  private:
    [[nodiscard]] bool waits() const;

    libtorrent::peer_connection_handle connection_;
    std::weak_ptr<TorrentPolicy> torrent_;
    policy::ChokeGrace grace_;
};

}  // namespace shoal::client
