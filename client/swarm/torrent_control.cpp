#include "client/swarm/torrent_control.hpp"

#include <algorithm>
#include <chrono>
#include <libtorrent/announce_entry.hpp>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/torrent_flags.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>
#include <limits>

#include "client/swarm/plugin/endpoint.hpp"

namespace shoal::client {
namespace {

std::uint64_t amount(std::int64_t bytes) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes));
}

TorrentActivity::State state_of(lt::torrent_status::state_t state) {
    switch (state) {
        case lt::torrent_status::checking_resume_data:
            return TorrentActivity::State::kCheckWaiting;
        case lt::torrent_status::checking_files:
            return TorrentActivity::State::kChecking;
        case lt::torrent_status::downloading_metadata:
            return TorrentActivity::State::kMetadata;
        case lt::torrent_status::finished:
        case lt::torrent_status::seeding:
            return TorrentActivity::State::kFinished;
        default:
            return TorrentActivity::State::kDownloading;
    }
}

/// What one tracker told over all our addresses and both kinds of info-hash (BEP 52).
void add_answer(TrackerDetail& tracker, const lt::announce_infohash& from) {
    tracker.updating = tracker.updating || from.updating;
    if (from.last_error) tracker.why = from.message.empty() ? from.last_error.message() : from.message;
    tracker.seeds = std::max(tracker.seeds, from.scrape_complete);
    tracker.leechers = std::max(tracker.leechers, from.scrape_incomplete);
    tracker.downloads = std::max(tracker.downloads, from.scrape_downloaded);
    const auto next =
        std::chrono::duration_cast<std::chrono::seconds>(from.next_announce - lt::clock_type::now());
    if (next.count() > 0 && (tracker.next_in == 0 || next.count() < tracker.next_in))
        tracker.next_in = next.count();
}

}  // namespace

int native_rate(std::uint64_t bytes_per_second) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return bytes_per_second >= kMost ? 0 : static_cast<int>(bytes_per_second);
}

std::vector<lt::file_index_t> content_files(const lt::file_storage& files) {
    std::vector<lt::file_index_t> content;
    for (const lt::file_index_t file : files.file_range())
        if (!files.pad_file_at(file)) content.push_back(file);
    return content;
}

std::vector<lt::download_priority_t> file_priorities(const lt::file_storage& files,
                                                     const std::vector<std::int8_t>& choices) {
    std::vector<lt::download_priority_t> priorities;
    if (choices.empty()) return priorities;
    std::size_t next = 0;
    for (const lt::file_index_t file : files.file_range()) {
        if (files.pad_file_at(file)) {
            priorities.push_back(lt::dont_download);
            continue;
        }
        const int choice = next < choices.size() ? choices[next] : 0;
        ++next;
        priorities.push_back(choice < -1  ? lt::dont_download
                             : choice < 0 ? lt::low_priority
                             : choice > 0 ? lt::top_priority
                                          : lt::default_priority);
    }
    return priorities;
}

std::vector<std::uint64_t> content_file_progress(const lt::torrent_handle& torrent) {
    std::vector<std::uint64_t> content;
    const auto info = torrent.torrent_file();
    if (!info) return content;
    const auto progress = torrent.file_progress(lt::torrent_handle::piece_granularity);
    const auto count = std::min(info->files().num_files(), static_cast<int>(progress.size()));
    for (int i = 0; i < count; ++i) {
        if (info->files().pad_file_at(lt::file_index_t(i))) continue;
        content.push_back(amount(progress[static_cast<std::size_t>(i)]));
    }
    return content;
}

void replace_trackers(const lt::torrent_handle& torrent, const std::vector<std::vector<std::string>>& tiers) {
    std::vector<lt::announce_entry> entries;
    std::uint8_t tier = 0;
    for (const auto& urls : tiers) {
        for (const std::string& url : urls) {
            lt::announce_entry entry(url);
            entry.tier = tier;
            entries.push_back(std::move(entry));
        }
        if (tier < std::numeric_limits<std::uint8_t>::max()) ++tier;
    }
    torrent.replace_trackers(entries);
}

TorrentActivity activity_of(TorrentId id, const lt::torrent_status& status) {
    TorrentActivity activity;
    activity.torrent = id;
    activity.state = state_of(status.state);
    activity.paused = static_cast<bool>(status.flags & lt::torrent_flags::paused);
    activity.check_progress = activity.state == TorrentActivity::State::kChecking ? status.progress : 0;
    activity.wanted = amount(status.total_wanted);
    activity.wanted_done = amount(status.total_wanted_done);
    activity.done = amount(status.total_done);
    activity.downloaded = amount(status.all_time_download);
    activity.uploaded = amount(status.all_time_upload);
    activity.failed = amount(status.total_failed_bytes);
    activity.rate_down = amount(status.download_payload_rate);
    activity.rate_up = amount(status.upload_payload_rate);
    activity.peers = status.num_peers;
    activity.seeds = status.num_seeds;
    activity.seconds_active = status.active_duration.count();
    activity.seconds_seeding = status.finished_duration.count();
    return activity;
}

std::vector<PeerDetail> peers_of(const lt::torrent_handle& torrent) {
    std::vector<lt::peer_info> from;
    torrent.get_peer_info(from);
    std::vector<PeerDetail> peers;
    for (const lt::peer_info& peer : from) {
        if (peer.flags & (lt::peer_info::handshake | lt::peer_info::connecting)) continue;
        PeerDetail detail;
        detail.endpoint = from_libtorrent(peer.ip.address(), peer.ip.port());
        detail.client = peer.client;
        detail.progress = peer.progress;
        detail.rate_down = amount(peer.payload_down_speed);
        detail.rate_up = amount(peer.payload_up_speed);
        detail.we_choke = static_cast<bool>(peer.flags & lt::peer_info::choked);
        detail.we_are_interested = static_cast<bool>(peer.flags & lt::peer_info::interesting);
        detail.peer_chokes = static_cast<bool>(peer.flags & lt::peer_info::remote_choked);
        detail.peer_is_interested = static_cast<bool>(peer.flags & lt::peer_info::remote_interested);
        detail.incoming = !(peer.flags & lt::peer_info::local_connection);
        detail.encrypted =
            static_cast<bool>(peer.flags & (lt::peer_info::rc4_encrypted |
                                            lt::peer_info::plaintext_encrypted | lt::peer_info::ssl_socket));
        detail.utp = static_cast<bool>(peer.flags & lt::peer_info::utp_socket);
        detail.web_seed = peer.connection_type != lt::peer_info::standard_bittorrent;
        detail.from_tracker = static_cast<bool>(peer.source & lt::peer_info::tracker);
        detail.from_dht = static_cast<bool>(peer.source & lt::peer_info::dht);
        detail.from_pex = static_cast<bool>(peer.source & lt::peer_info::pex);
        detail.from_lsd = static_cast<bool>(peer.source & lt::peer_info::lsd);
        detail.from_resume_data = static_cast<bool>(peer.source & lt::peer_info::resume_data);
        peers.push_back(std::move(detail));
    }
    return peers;
}

std::vector<TrackerDetail> trackers_of(const lt::torrent_handle& torrent) {
    std::vector<TrackerDetail> trackers;
    for (const lt::announce_entry& entry : torrent.trackers()) {
        TrackerDetail tracker;
        tracker.url = entry.url;
        tracker.tier = entry.tier;
        tracker.verified = entry.verified;
        for (const lt::announce_endpoint& endpoint : entry.endpoints)
            for (const lt::announce_infohash& answer : endpoint.info_hashes) add_answer(tracker, answer);
        trackers.push_back(std::move(tracker));
    }
    return trackers;
}

}  // namespace shoal::client
