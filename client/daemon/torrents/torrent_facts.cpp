#include "client/daemon/torrents/torrent_facts.hpp"

#include "common/error.hpp"

namespace shoal::daemon {

std::optional<manifest::Manifest> facts_of(const StateStore& store, const Torrent& torrent) {
    try {
        const auto bytes = store.manifest(torrent.number());
        if (bytes) return manifest::parse_manifest(*bytes, torrent.record.name);
    } catch (const Error&) {
        // Damaged since it was loaded. Who lists all torrents still gets the others, and the next start sets
        // it aside.
    }
    return std::nullopt;
}

}  // namespace shoal::daemon
