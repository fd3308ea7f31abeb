#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <memory>
#include <optional>

#include "client/swarm/policy/choke_grace.hpp"
#include "client/swarm/policy/leecher.hpp"
#include "client/swarm/policy/pulse.hpp"

namespace shoal::client {

class TorrentPolicy;

/// One connection of a leecher; stays attached only where the other end is a shoal peer too.
class LeecherPeer : public libtorrent::peer_plugin {
  public:
    LeecherPeer(libtorrent::peer_connection_handle connection, std::weak_ptr<TorrentPolicy> torrent)
        : connection_(std::move(connection)), torrent_(std::move(torrent)) {}

    libtorrent::string_view type() const override { return "shoal_leecher"; }
    void add_handshake(libtorrent::entry& handshake) override;
    bool on_extension_handshake(const libtorrent::bdecode_node& handshake) override;
    void on_disconnect(const libtorrent::error_code& why) override;
    bool on_interested() override;
    bool on_not_interested() override;
    bool on_have(libtorrent::piece_index_t piece) override;
    bool on_bitfield(const libtorrent::bitfield& pieces) override;
    bool on_have_all() override;
    bool on_allowed_fast(libtorrent::piece_index_t piece) override;
    bool on_piece(const libtorrent::peer_request& block, libtorrent::span<const char> bytes) override;
    bool on_request(const libtorrent::peer_request& block) override;
    bool on_cancel(const libtorrent::peer_request& block) override;
    void sent_piece(const libtorrent::peer_request& block) override;
    void sent_have(libtorrent::piece_index_t piece) override;
    void sent_choke() override;
    bool can_disconnect(const libtorrent::error_code& why) override;
    void tick() override;

  private:
    /// @return whether libtorrent is not to see it
    bool shown_everything();
    void heard_have();
    void heard();
    void answered();
    void want(bool now);
    [[nodiscard]] bool silent(const TorrentPolicy& torrent) const;

    libtorrent::peer_connection_handle connection_;
    std::weak_ptr<TorrentPolicy> torrent_;
    policy::ChokeGrace grace_;
    policy::Pulse pulse_;
    int unanswered_ = 0;    ///< of its requests
    bool wanted_ = false;   ///< it wants what we have
    bool met_ = false;      ///< its extended handshake was one of ours
    bool offered_ = false;  ///< that this origin may ration us
    std::optional<policy::OriginLink> link_;
    std::optional<policy::PeerId> neighbour_;  ///< where both of us are in racks that have names
};

}  // namespace shoal::client
