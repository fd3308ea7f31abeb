#include "client/swarm/torrent_status.hpp"

#include <algorithm>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>
#include <vector>

#include "client/swarm/torrent_control.hpp"

namespace shoal::client {
namespace {

using info = lt::peer_info;

/// libtorrent says 0 or less for no limit.
std::uint64_t limit_of(int bytes_per_second) {
    return static_cast<std::uint64_t>(std::max(0, bytes_per_second));
}

TorrentStatus::State state_of(const lt::torrent_status& status) {
    switch (status.state) {
        case lt::torrent_status::downloading_metadata:
            return TorrentStatus::State::kMetadata;
        case lt::torrent_status::downloading:
            return TorrentStatus::State::kDownloading;
        case lt::torrent_status::finished:
        case lt::torrent_status::seeding:
            return TorrentStatus::State::kSeeding;
        default:
            return TorrentStatus::State::kChecking;
    }
}

void count_what_it_gives(const info& peer, TorrentStatus& status) {
    if (!(peer.flags & info::interesting)) return;
    if (peer.flags & info::remote_choked) {
        ++status.peers_choking;
    } else {
        ++status.peers_offering;
        if (peer.payload_down_speed > 0) ++status.peers_sending;
    }
    if (peer.read_state & info::bw_limit) ++status.receiving_waits_for_limit;
    if (peer.read_state & info::bw_disk) ++status.receiving_waits_for_disk;
}

void count_what_it_gets(const info& peer, TorrentStatus& status) {
    if (!(peer.flags & info::remote_interested)) return;
    ++status.peers_asking;
    if (!(peer.flags & info::choked)) ++status.peers_served;
    if (peer.write_state & info::bw_limit) ++status.sending_waits_for_limit;
    if (peer.write_state & info::bw_disk) ++status.sending_waits_for_disk;
}

void count_peers(const lt::torrent_handle& torrent, TorrentStatus& status) {
    std::vector<info> peers;
    torrent.get_peer_info(peers);
    for (const info& peer : peers) {
        if (peer.flags & (info::handshake | info::connecting)) continue;
        ++status.peers;
        if (peer.flags & info::seed) {
            ++status.seeds;
        } else if (!(peer.flags & info::upload_only)) {
            ++status.leechers;
        }
        if (peer.pending_disk_bytes > 0)
            status.bytes_to_write += static_cast<std::uint64_t>(peer.pending_disk_bytes);
        count_what_it_gives(peer, status);
        count_what_it_gets(peer, status);
    }
}

}  // namespace

TorrentStatus status_of(const lt::torrent_handle& torrent) {
    const lt::torrent_status from = torrent.status(lt::torrent_handle::query_accurate_download_counters);
    TorrentStatus status;
    status.state = state_of(from);
    if (const auto content = torrent.torrent_file()) {
        status.pieces = static_cast<std::uint32_t>(content->num_pieces());
        status.bytes = static_cast<std::uint64_t>(from.total_wanted);
    }
    status.pieces_have = static_cast<std::uint32_t>(from.num_pieces);
    status.bytes_have = static_cast<std::uint64_t>(from.total_wanted_done);
    status.downloaded = static_cast<std::uint64_t>(from.total_payload_download);
    status.uploaded = static_cast<std::uint64_t>(from.total_payload_upload);
    status.peers_known = from.list_peers;
    if (from.num_incomplete >= 0) status.tracker_leechers = from.num_incomplete;
    if (from.num_complete >= 0) status.tracker_seeds = from.num_complete;
    status.limits_down.torrent = limit_of(torrent.download_limit());
    status.limits_up.torrent = limit_of(torrent.upload_limit());
    count_peers(torrent, status);
    return status;
}

}  // namespace shoal::client
