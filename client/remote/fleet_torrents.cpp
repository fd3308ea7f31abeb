#include "client/remote/fleet_torrents.hpp"

#include <algorithm>
#include <unordered_map>

namespace shoal::remote {

std::vector<FleetTorrent> fleet_torrents(const std::vector<TorrentRow>& rows) {
    std::vector<FleetTorrent> torrents;
    std::unordered_map<std::string, std::size_t> places;
    for (const TorrentRow& row : rows) {
        const auto [place, is_new] = places.emplace(row.hash, torrents.size());
        if (is_new) {
            torrents.emplace_back();
            torrents.back().hash = row.hash;
            torrents.back().name = row.name;
        }
        FleetTorrent& torrent = torrents[place->second];
        const bool complete = row.left == 0 && row.done >= 1;  // a magnet without metadata has nothing left
        torrent.size = std::max(torrent.size, row.size);
        torrent.complete += complete ? 1u : 0u;
        torrent.errors += row.error != 0 ? 1u : 0u;
        torrent.mean += row.done;
        if (torrent.hosts++ == 0 || row.done < torrent.least) {
            torrent.least = row.done;
            torrent.least_host = row.host;
        }
        torrent.rate_down += row.rate_down;
        torrent.rate_up += row.rate_up;
        for (const std::string& label : row.labels) {
            if (std::find(torrent.labels.begin(), torrent.labels.end(), label) == torrent.labels.end())
                torrent.labels.push_back(label);
        }
    }
    for (FleetTorrent& torrent : torrents) torrent.mean /= static_cast<double>(torrent.hosts);
    return torrents;
}

}  // namespace shoal::remote
