#include "client/daemon/torrents/torrent_views.hpp"

#include <algorithm>
#include <utility>

#include "client/daemon/torrents/torrent_facts.hpp"
#include "client/swarm/slow_reason.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

using client::TorrentActivity;

constexpr std::int8_t kUnwanted = -2;
constexpr std::int64_t kStalledSeconds = 300;

TorrentState state_of(const TorrentActivity& activity) {
    // A check goes on while the torrent is paused, and is what the user waits for.
    if (activity.state == TorrentActivity::State::kChecking) return TorrentState::kChecking;
    if (activity.state == TorrentActivity::State::kCheckWaiting) return TorrentState::kCheckWaiting;
    if (activity.paused) return TorrentState::kStopped;
    return activity.state == TorrentActivity::State::kFinished ? TorrentState::kSeeding
                                                               : TorrentState::kDownloading;
}

PeerView::Source source_of(const client::PeerDetail& peer) {
    if (peer.incoming) return PeerView::Source::kIncoming;
    if (peer.from_tracker) return PeerView::Source::kTracker;
    if (peer.from_dht) return PeerView::Source::kDht;
    if (peer.from_pex) return PeerView::Source::kPex;
    if (peer.from_lsd) return PeerView::Source::kLsd;
    if (peer.from_resume_data) return PeerView::Source::kResume;
    return PeerView::Source::kOther;
}

}  // namespace

TorrentViews::TorrentViews(const TorrentTable& torrents, const Traffic& traffic, const StateStore& store,
                           const client::Swarm& swarm, Clock clock)
    : torrents_(torrents), traffic_(traffic), store_(store), swarm_(swarm), clock_(std::move(clock)) {}

TorrentView TorrentViews::view(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    const TorrentRecord& record = torrent.record;
    const TorrentActivity& activity = torrent.activity;
    TorrentView view;
    view.number = record.number;
    view.hash = record.hash;
    view.name = record.name;
    view.folder = record.folder;
    view.state = state_of(activity);
    view.check_progress = activity.check_progress;
    view.has_metadata = torrent.has_metadata;
    view.is_private = torrent.is_private;
    view.goal_met = record.goal_met;
    view.size = torrent.size;
    view.size_wanted = activity.wanted;
    view.have_verified = activity.done;
    view.have_unverified = activity.wanted_done - std::min(activity.wanted_done, activity.done);
    view.left = activity.wanted - std::min(activity.wanted, activity.wanted_done);
    view.available = activity.seeds > 0 ? view.left : 0;
    view.downloaded = torrent.downloaded();
    view.uploaded = torrent.uploaded();
    view.corrupt = torrent.corrupt();
    // The session's averages fade out over some seconds; nobody to talk to is nothing at once.
    const bool moving = !activity.paused && activity.peers > 0;
    view.rate_down = moving && view.left > 0 ? activity.rate_down : 0;
    view.rate_up = moving ? activity.rate_up : 0;
    view.pieces = torrent.pieces;
    view.piece_size = torrent.piece_size;
    view.files = torrent.files;
    view.peers = activity.peers;
    // Asking for peers takes a round trip to the session's thread, so only where something moves.
    if (view.rate_down + view.rate_up > 0) {
        for (const client::PeerDetail& peer : swarm_.peer_details(torrent.swarm_id)) {
            if (peer.rate_down > 0) ++(peer.web_seed ? view.web_seeds_sending : view.peers_sending);
            if (peer.rate_up > 0) ++view.peers_receiving;
        }
    }
    view.trouble = torrent.trouble;
    if (torrent.trouble == TroubleKind::kLocal)
        view.trouble_reason = torrent.trouble_reason;
    else if (torrent.trouble != TroubleKind::kNone)
        view.trouble_reason = TroubleReason::kTracker;
    view.trouble_text = torrent.trouble_text;
    view.added_at = record.added_at;
    view.started_at = torrent.started_at;
    view.done_at = record.done_at;
    view.active_at = record.active_at;
    view.edited_at = torrent.edited_at;
    view.seconds_seeding = torrent.seconds_seeding(clock_());
    view.seconds_downloading = torrent.seconds_downloading(clock_());
    view.stalled = view.state == TorrentState::kDownloading && view.rate_down == 0 &&
                   clock_() - std::max(view.active_at, view.started_at) > kStalledSeconds;
    view.settings = record.settings;
    return view;
}

TorrentDetail TorrentViews::detail(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    TorrentDetail detail;
    detail.magnet = torrent.record.magnet;
    const auto facts = facts_of(store_, torrent);
    if (!facts) return detail;
    detail.comment = facts->comment;
    detail.creator = facts->created_by;
    detail.created_at = facts->created_at.value_or(0);
    detail.magnet = manifest::magnet_link(*facts);
    detail.torrent_file = store_.manifest_path(number).string();
    detail.web_seeds = facts->web_seeds;
    if (torrent.web_seeds) detail.web_seed_failures = torrent.web_seeds->failures();
    return detail;
}

std::vector<FileView> TorrentViews::files(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    std::vector<FileView> files;
    const auto facts = facts_of(store_, torrent);
    if (!facts) return files;
    const std::vector<std::uint64_t> progress =
        torrent.swarm_id == 0 ? std::vector<std::uint64_t>{} : swarm_.file_progress(torrent.swarm_id);
    for (const manifest::FileEntry& from : facts->files) {
        if (from.pad) continue;
        const std::size_t i = files.size();
        FileView file;
        file.path = facts->single_file ? facts->name : facts->name + "/" + from.path;
        file.size = from.size;
        if (i < progress.size()) file.have = progress[i];
        if (i < torrent.record.file_choices.size()) {
            const std::int8_t choice = torrent.record.file_choices[i];
            file.wanted = choice != kUnwanted;
            if (file.wanted) file.priority = static_cast<FilePriority>(choice);
        }
        files.push_back(std::move(file));
    }
    return files;
}

std::vector<PeerView> TorrentViews::peers(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    std::vector<PeerView> views;
    if (torrent.swarm_id == 0) return views;
    for (const client::PeerDetail& peer : swarm_.peer_details(torrent.swarm_id)) {
        PeerView view;
        view.address = peer.endpoint.address.to_string();
        view.port = peer.endpoint.port;
        view.client = peer.client;
        view.progress = peer.progress;
        view.rate_to_us = peer.rate_down;
        view.rate_to_peer = peer.rate_up;
        view.we_choke = peer.we_choke;
        view.we_are_interested = peer.we_are_interested;
        view.peer_chokes = peer.peer_chokes;
        view.peer_is_interested = peer.peer_is_interested;
        view.incoming = peer.incoming;
        view.encrypted = peer.encrypted;
        view.utp = peer.utp;
        view.source = source_of(peer);
        views.push_back(std::move(view));
    }
    return views;
}

std::vector<TrackerView> TorrentViews::trackers(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    std::vector<TrackerView> views;
    if (torrent.swarm_id == 0) return views;
    for (const client::TrackerDetail& tracker : swarm_.tracker_details(torrent.swarm_id)) {
        TrackerView view;
        view.tier = tracker.tier;
        view.announce = tracker.url;
        view.has_announced = tracker.verified || !tracker.why.empty();
        view.succeeded = tracker.verified && tracker.why.empty();
        view.answer = view.succeeded ? "Success" : tracker.why;
        view.next_at = clock_() + tracker.next_in;
        view.seeds = tracker.seeds;
        view.leechers = tracker.leechers;
        view.downloads = tracker.downloads;
        view.last_peers = std::max(0, tracker.seeds) + std::max(0, tracker.leechers);
        const auto last = torrent.tracker_times.find(tracker.url);
        if (last != torrent.tracker_times.end()) {
            view.last_at = last->second.at;
            if (view.succeeded) view.last_peers = last->second.peers;
        }
        if (!torrent.activity.paused)
            view.state = tracker.updating ? TrackerView::State::kActive : TrackerView::State::kWaiting;
        // An announce takes seconds; clients show how long it has been going on.
        view.started_at = view.state == TrackerView::State::kActive ? clock_() : view.last_at;
        views.push_back(std::move(view));
    }
    return views;
}

SlowView TorrentViews::slow(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    if (torrent.swarm_id == 0 || torrent.activity.paused) return {};
    const TorrentView seen = view(number);
    const Rates rates = traffic_.rates();
    client::SlowFacts facts;
    facts.status = swarm_.status(torrent.swarm_id);
    facts.down = {seen.rate_down, rates.down, traffic_.steady_down()};
    facts.up = {seen.rate_up, rates.up, traffic_.steady_up()};
    if (torrent.trouble == TroubleKind::kTracker) facts.tracker_failure = torrent.trouble_text;
    const auto reason = client::slow_reason(facts);
    if (!reason) return {};
    return {std::string(client::name_of(reason->cause)), reason->why};
}

std::vector<bool> TorrentViews::pieces(TorrentNumber number) const {
    const Torrent& torrent = torrents_.at(number);
    if (torrent.swarm_id == 0 || !torrent.has_metadata) return std::vector<bool>(torrent.pieces, false);
    return swarm_.have(torrent.swarm_id);
}

}  // namespace shoal::daemon
