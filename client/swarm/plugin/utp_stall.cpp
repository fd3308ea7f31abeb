#include "client/swarm/plugin/utp_stall.hpp"

#include <cstdint>
#include <libtorrent/peer_info.hpp>
#include <utility>

#include "client/swarm/plugin/connection.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

/// A second each. Transmission answers twice a second.
constexpr int kPatience = 2;

class Watched : public lt::peer_plugin {
  public:
    Watched(lt::peer_connection_handle connection, lt::torrent_handle torrent)
        : connection_(std::move(connection)), torrent_(std::move(torrent)) {}

    lt::string_view type() const override { return "shoal_utp_stall"; }

    /// By the handshake libtorrent knows how the connection came. It lets go of a plugin that says no.
    bool on_handshake(lt::span<const char>) override {
        lt::peer_info peer;
        connection_.get_peer_info(peer);
        return bool(peer.flags & lt::peer_info::utp_socket);
    }

    void tick() override {
        lt::peer_info peer;
        connection_.get_peer_info(peer);
        const bool waits =
            received_ > 0 && peer.download_queue_length > 0 && peer.total_download == received_;
        still_ = waits ? still_ + 1 : 0;
        received_ = peer.total_download;
        if (still_ < kPatience) return;
        const lt::tcp::endpoint remote = connection_.remote();
        hang_up(connection_, lt::errors::timed_out_inactivity);
        torrent_.connect_peer(remote);
    }

  private:
    lt::peer_connection_handle connection_;
    lt::torrent_handle torrent_;
    std::int64_t received_ = 0;  ///< bytes of content
    int still_ = 0;              ///< ticks
};

}  // namespace

std::shared_ptr<lt::peer_plugin> UtpStall::new_connection(const lt::peer_connection_handle& connection) {
    if (connection.type() != lt::connection_type::bittorrent || connection.is_outgoing()) return nullptr;
    return std::make_shared<Watched>(connection, torrent_);
}

}  // namespace shoal::client
