#include "client/daemon/metrics_page.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <vector>

#include "client/daemon/trouble_reason.hpp"
#include "common/metrics/page.hpp"
#include "common/version.hpp"

namespace shoal::daemon {
namespace {

using metrics::Page;

std::string_view state_name(TorrentState state) {
    switch (state) {
        case TorrentState::kStopped:
            return "stopped";
        case TorrentState::kCheckWaiting:
        case TorrentState::kChecking:
            return "checking";
        case TorrentState::kDownloading:
            return "downloading";
        case TorrentState::kSeeding:
            return "seeding";
    }
    return "stopped";
}

struct Census {
    std::map<std::string_view, std::uint64_t> states{
        {"stopped", 0}, {"checking", 0}, {"downloading", 0}, {"seeding", 0}};
    std::map<std::string_view, std::uint64_t> reasons;
    std::uint64_t failed = 0;
    std::uint64_t stalled = 0;
    std::uint64_t peers = 0;
    std::uint64_t left = 0;
};

Census count(const std::vector<TorrentView>& torrents) {
    Census census;
    for (const TroubleReason reason :
         {TroubleReason::kTracker, TroubleReason::kDiskFull, TroubleReason::kNotPermitted,
          TroubleReason::kMissing, TroubleReason::kFileSystem, TroubleReason::kContentChanged,
          TroubleReason::kPlaceTaken, TroubleReason::kBadTorrent, TroubleReason::kOther})
        census.reasons[name_of(reason)] = 0;
    for (const TorrentView& view : torrents) {
        ++census.states[state_name(view.state)];
        if (view.trouble_reason != TroubleReason::kNone) ++census.reasons[name_of(view.trouble_reason)];
        if (view.trouble == TroubleKind::kLocal) ++census.failed;
        if (view.stalled) ++census.stalled;
        census.peers += static_cast<std::uint64_t>(std::max(0, view.peers));
        census.left += view.left;
    }
    return census;
}

/// Of wanted bytes what is there, 0 to 1. A magnet link that waits for its metadata has nothing.
double progress(const TorrentView& view) {
    if (!view.has_metadata) return 0;
    if (view.size_wanted == 0) return 1;
    return 1 - static_cast<double>(view.left) / static_cast<double>(view.size_wanted);
}

std::vector<TorrentView> worth_samples(std::vector<TorrentView> torrents, std::size_t most) {
    const auto rank = [](const TorrentView& view) {
        const bool complete = view.has_metadata && view.left == 0;
        return std::tuple(view.trouble == TroubleKind::kNone, complete, -view.number);
    };
    std::sort(torrents.begin(), torrents.end(),
              [&](const TorrentView& a, const TorrentView& b) { return rank(a) < rank(b); });
    torrents.resize(std::min(torrents.size(), most));
    return torrents;
}

std::string joined(const std::vector<std::string>& labels) {
    std::string all;
    for (const std::string& label : labels) all += (all.empty() ? "" : ",") + label;
    return all;
}

void write_torrents(const Engine& engine, const std::vector<TorrentView>& shown, Page& page) {
    page.metric("shoal_torrent_info", "gauge",
                "Always 1; name and labels of a torrent. Several labels have commas between them.");
    for (const TorrentView& view : shown)
        page.sample({{"info_hash", view.hash}, {"name", view.name}, {"labels", joined(view.settings.labels)}},
                    1);
    page.metric("shoal_torrent_state", "gauge", "Always 1; what a torrent does.");
    for (const TorrentView& view : shown)
        page.sample({{"info_hash", view.hash}, {"state", state_name(view.state)}}, 1);
    page.metric("shoal_torrent_trouble", "gauge", "Always 1; why a torrent is in trouble.");
    for (const TorrentView& view : shown) {
        if (view.trouble_reason != TroubleReason::kNone)
            page.sample({{"info_hash", view.hash}, {"reason", name_of(view.trouble_reason)}}, 1);
    }
    page.metric("shoal_torrent_progress_ratio", "gauge",
                "Share of what is wanted of a torrent that is here.");
    for (const TorrentView& view : shown) page.ratio({{"info_hash", view.hash}}, progress(view));
    page.metric("shoal_torrent_download_bytes_per_second", "gauge",
                "Content of a torrent received a second now.");
    for (const TorrentView& view : shown) page.sample({{"info_hash", view.hash}}, view.rate_down);
    page.metric("shoal_torrent_upload_bytes_per_second", "gauge", "Content of a torrent sent a second now.");
    for (const TorrentView& view : shown) page.sample({{"info_hash", view.hash}}, view.rate_up);
    page.metric("shoal_torrent_slow", "gauge",
                "Always 1; what sets the pace of a download, as in shoal status.");
    for (const TorrentView& view : shown) {
        if (view.state != TorrentState::kDownloading) continue;
        const SlowView slow = engine.slow(view.number);
        if (!slow.cause.empty()) page.sample({{"info_hash", view.hash}, {"cause", slow.cause}}, 1);
    }
}

void write_session(const SessionStats& stats, Page& page) {
    page.counter("shoal_downloaded_bytes_total", "Content received since the start.",
                 stats.current.downloaded);
    page.counter("shoal_uploaded_bytes_total", "Content sent since the start.", stats.current.uploaded);
    page.gauge("shoal_download_bytes_per_second", "Content received a second now.", stats.rate_down);
    page.gauge("shoal_upload_bytes_per_second", "Content sent a second now.", stats.rate_up);
}

void write_census(const Census& census, Page& page) {
    page.metric("shoal_torrents", "gauge", "Torrents by what they do.");
    for (const auto& [state, number] : census.states) page.sample({{"state", state}}, number);
    page.gauge("shoal_torrents_failed", "Torrents that stopped because of an error.", census.failed);
    page.metric("shoal_torrents_in_trouble", "gauge",
                "Torrents in trouble by its reason; all but those of a tracker have stopped.");
    for (const auto& [reason, number] : census.reasons) page.sample({{"reason", reason}}, number);
    page.gauge("shoal_torrents_stalled", "Downloads without progress for five minutes.", census.stalled);
    page.gauge("shoal_peers", "Connected peers of all torrents.", census.peers);
    page.gauge("shoal_left_bytes", "Bytes that are still to be downloaded.", census.left);
}

void write_counters(const DaemonCounters& counters, Page& page) {
    page.metric("shoal_piece_hash_duration_seconds", "histogram",
                "Reading a piece back and hashing it, with those beside it; without its time in the queue.");
    page.histogram({}, counters.piece_hash);
    page.metric("shoal_disk_write_duration_seconds", "histogram", "One call that writes a run of blocks.");
    page.histogram({}, counters.disk_write);
    if (counters.free_bytes)
        page.gauge("shoal_download_folder_free_bytes", "Space that is free where content goes.",
                   *counters.free_bytes);
    page.counter("shoal_state_save_failures_total", "Failed writes to the state folder.",
                 counters.state_failures);
    page.metric("shoal_watch_files_total", "counter", "Files of the watch folder by what became of them.");
    page.sample({{"result", "added"}}, counters.watch_added);
    page.sample({{"result", "refused"}}, counters.watch_refused);
    page.metric("shoal_hooks_total", "counter", "Hooks that have ended.");
    // Also what has not happened yet: Prometheus sees no increase in a counter that begins with 1.
    auto hooks = counters.hooks;
    for (const char* const event : {"done", "error"}) {
        for (const char* const result : {"ok", "failed", "timed out", "not started"})
            hooks.try_emplace({event, result}, 0);
    }
    for (const auto& [key, number] : hooks)
        page.sample({{"event", key.first}, {"result", key.second}}, number);
}

}  // namespace

std::string metrics_page(const Engine& engine, const DaemonCounters& counters, std::size_t most) {
    std::vector<TorrentView> torrents;
    for (const TorrentNumber number : engine.torrents()) torrents.push_back(engine.view(number));
    Page page;
    page.metric("shoal_build_info", "gauge", "The version, as a label.");
    page.sample({{"version", version()}}, 1);
    page.gauge("shoal_start_time_seconds", "When the daemon started.",
               static_cast<std::uint64_t>(std::max<std::int64_t>(0, counters.started_at)));
    write_census(count(torrents), page);
    write_session(engine.stats(), page);
    write_counters(counters, page);
    const std::size_t all = torrents.size();
    const std::vector<TorrentView> shown = worth_samples(std::move(torrents), most);
    page.gauge("shoal_torrents_left_out",
               "Torrents without samples of their own, because there are too many.", all - shown.size());
    write_torrents(engine, shown, page);
    metrics::write_process(page);
    return page.take();
}

}  // namespace shoal::daemon
