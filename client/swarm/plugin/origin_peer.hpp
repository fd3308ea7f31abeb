#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <memory>
#include <optional>

#include "client/swarm/policy/choke_grace.hpp"
#include "client/swarm/policy/ration.hpp"

namespace shoal::client {

class TorrentPolicy;

/// One connection of a rationing origin: tells the ration what the peer does.
class OriginPeer : public libtorrent::peer_plugin {
  public:
    OriginPeer(libtorrent::peer_connection_handle connection, std::weak_ptr<TorrentPolicy> torrent)
        : connection_(std::move(connection)), torrent_(std::move(torrent)) {}

    libtorrent::string_view type() const override { return "shoal_origin"; }
    void add_handshake(libtorrent::entry& handshake) override;
    bool on_extension_handshake(const libtorrent::bdecode_node& handshake) override;
    void on_disconnect(const libtorrent::error_code& why) override;
    bool on_interested() override;
    bool on_have(libtorrent::piece_index_t piece) override;
    bool on_dont_have(libtorrent::piece_index_t piece) override;
    bool on_bitfield(const libtorrent::bitfield& pieces) override;
    bool on_have_all() override;
    bool on_request(const libtorrent::peer_request& request) override;
    void sent_choke() override;
    bool can_disconnect(const libtorrent::error_code& why) override;
    void sent_piece(const libtorrent::peer_request& block) override;
    void tick() override;
    bool on_extended(int length, int message, libtorrent::span<const char> body) override;

  private:
    /// The torrent, after the peer was made known to the ration; nothing while the torrent goes away.
    std::shared_ptr<TorrentPolicy> joined();

    libtorrent::peer_connection_handle connection_;
    std::weak_ptr<TorrentPolicy> torrent_;
    std::optional<policy::PeerId> id_;
    policy::ChokeGrace grace_;
    bool told_ = false;
    bool shoal_ = false;
    bool another_origin_ = false;
};

}  // namespace shoal::client
