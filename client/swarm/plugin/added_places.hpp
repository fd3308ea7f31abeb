#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <set>
#include <utility>

namespace shoal::client {

/// Says that a peer has dialled us and was refused, when it is given to libtorrent to be dialled back.
inline constexpr libtorrent::peer_source_flags_t kDialledUs = libtorrent::peer_info::incoming;

/// A torrent takes connections from whoever dials it when it has long dialled as many as it may. A peer that
/// dialled us, was refused and is dialled back is no worse off: its place is added to the torrent's limit.
class AddedPlaces : public libtorrent::torrent_plugin {
  public:
    /// @param percent  of the torrent's own limit, which added places may raise it to
    AddedPlaces(libtorrent::torrent_handle torrent, int percent)
        : torrent_(std::move(torrent)), percent_(percent) {}

    void on_add_peer(const libtorrent::tcp::endpoint& peer, libtorrent::peer_source_flags_t source,
                     libtorrent::add_peer_flags_t flags) override;

  private:
    libtorrent::torrent_handle torrent_;
    int percent_;
    int own_ = 0;    ///< limit of connections, as somebody else set it last
    int limit_ = 0;  ///< with the added places
    std::set<libtorrent::tcp::endpoint> peers_;
};

}  // namespace shoal::client
