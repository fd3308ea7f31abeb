#include "client/daemon/torrents/peer_lookup.hpp"

#include <chrono>

#include "client/source/resolve.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

PeerLookup::Found find(TorrentNumber torrent, const std::vector<std::string>& peers) {
    PeerLookup::Found found{torrent, {}};
    for (const std::string& peer : peers) {
        try {
            const std::vector<Endpoint> addresses = client::resolve(peer);
            found.second.insert(found.second.end(), addresses.begin(), addresses.end());
        } catch (const Error& unknown) {
            log::warning("peer of a magnet link not found",
                         {{"id", std::to_string(torrent)}, {"peer", peer}, {"why", unknown.what()}});
        }
    }
    return found;
}

}  // namespace

void PeerLookup::start(TorrentNumber torrent, std::vector<std::string> peers) {
    if (peers.empty()) return;
    running_.push_back(std::async(std::launch::async, find, torrent, std::move(peers)));
}

std::vector<PeerLookup::Found> PeerLookup::take() {
    std::vector<Found> found;
    for (auto it = running_.begin(); it != running_.end();) {
        if (it->wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            ++it;
            continue;
        }
        found.push_back(it->get());
        it = running_.erase(it);
    }
    return found;
}

}  // namespace shoal::daemon
