#pragma once

#include <cstdint>
#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/ip_address.hpp"

/// Inside client/swarm only: who sends what does not match its hash.
namespace shoal::client {

struct DamagedPiece {
    struct Sender {
        Endpoint peer;
        std::string client;   ///< as it calls itself; may be empty
        bool banned = false;  ///< it sent the same piece damaged before: nothing more is taken from it
    };
    libtorrent::torrent_handle torrent;
    std::uint32_t piece = 0;
    std::vector<Sender> senders;  ///< those of its blocks that are still connected
};

/// From the network thread to the owner of the session.
class DamageLog {
  public:
    void add(DamagedPiece piece);
    std::vector<DamagedPiece> take();

  private:
    std::mutex mutex_;
    std::vector<DamagedPiece> pieces_;
};

/// Of one torrent. libtorrent drops a damaged piece and asks for it again, and the peer whose content has
/// changed sends the same again, for ever where there is no other. So who sends a piece damaged for the
/// second time is banned: whatever it offers is not heard, and it is hung up on. By address and port where we
/// dialled it, by address where it dialled us. Web seeds are left to libtorrent.
class DamageWatch : public libtorrent::torrent_plugin, public std::enable_shared_from_this<DamageWatch> {
  public:
    DamageWatch(libtorrent::torrent_handle torrent, std::shared_ptr<DamageLog> log);

    std::shared_ptr<libtorrent::peer_plugin> new_connection(
        const libtorrent::peer_connection_handle& connection) override;
    void on_piece_failed(libtorrent::piece_index_t piece) override;
    void on_piece_pass(libtorrent::piece_index_t piece) override;
    void tick() override;

    // For its connections.
    using Source = std::pair<libtorrent::address, std::uint16_t>;  ///< port 0: it dialled us
    void sent_damage(const Source& source, Endpoint peer, std::string client);
    [[nodiscard]] bool banned(const Source& source) const { return banned_.count(source) > 0; }

  private:
    void publish();

    libtorrent::torrent_handle torrent_;
    std::shared_ptr<DamageLog> log_;
    std::optional<DamagedPiece> current_;
    std::map<std::uint32_t, std::set<Source>> damaged_;  ///< by piece, until it is right
    std::set<Source> banned_;
};

}  // namespace shoal::client
