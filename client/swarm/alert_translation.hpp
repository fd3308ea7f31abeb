#pragma once

#include <functional>
#include <libtorrent/fwd.hpp>
#include <optional>

#include "client/swarm/events.hpp"

/// Inside client/swarm only: libtorrent's alerts become our events.
namespace shoal::client {

/// The id behind a handle; nothing for a torrent that was removed.
using FindTorrent = std::function<std::optional<TorrentId>(const libtorrent::torrent_handle&)>;

/// Nothing for an alert that nobody needs.
std::optional<Event> translate(const libtorrent::alert& alert, const FindTorrent& find);

}  // namespace shoal::client
