#pragma once

#include <optional>

#include "client/daemon/state_store.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

/// Of its manifest, read from the state folder; nothing where there is none, or where it is damaged.
std::optional<manifest::Manifest> facts_of(const StateStore& store, const Torrent& torrent);

}  // namespace shoal::daemon
