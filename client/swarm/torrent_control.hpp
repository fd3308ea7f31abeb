#pragma once

#include <cstdint>
#include <libtorrent/download_priority.hpp>
#include <libtorrent/fwd.hpp>
#include <libtorrent/units.hpp>
#include <string>
#include <vector>

#include "client/swarm/torrent_activity.hpp"
#include "client/swarm/torrent_status.hpp"

/// Between libtorrent's types and ours; only for the sources of this folder.
namespace shoal::client {

/// libtorrent counts in 32 bits: 2 GB/s and more is the same as no limit (0) to it.
int native_rate(std::uint64_t bytes_per_second);
/// libtorrent counts padding as files, also where it inserts it itself (BEP 52); `choices` leave it out.
std::vector<lt::download_priority_t> file_priorities(const lt::file_storage& files,
                                                     const std::vector<std::int8_t>& choices);
/// In their order, padding left out.
std::vector<lt::file_index_t> content_files(const lt::file_storage& files);
std::vector<std::uint64_t> content_file_progress(const lt::torrent_handle& torrent);
void replace_trackers(const lt::torrent_handle& torrent, const std::vector<std::vector<std::string>>& tiers);
/// All but what only the session knows: origins that ration, limits of all torrents.
TorrentStatus status_of(const lt::torrent_handle& torrent);
TorrentActivity activity_of(TorrentId id, const lt::torrent_status& status);
std::vector<PeerDetail> peers_of(const lt::torrent_handle& torrent);
std::vector<TrackerDetail> trackers_of(const lt::torrent_handle& torrent);

}  // namespace shoal::client
