#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "client/daemon/rate_schedule.hpp"
#include "client/daemon/seed_goal.hpp"
#include "client/daemon/session_change.hpp"
#include "client/daemon/torrents/swarm_engine.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using client::TorrentActivity;

}  // namespace

void SwarmEngine::reconfigure(EngineOptions options) {
    options_ = std::move(options);
    session_ = options_.session;
    apply(session_state_.changes(), session_);
    std::error_code error;
    fs::create_directories(session_.download_folder, error);
    if (error && session_state_.changes().download_folder) {
        // Chosen by RPC, say on a disk that is not mounted now: no reason not to start.
        log::error("the download folder of an earlier choice cannot be used, the configured one is",
                   {{"folder", session_.download_folder}, {"why", error.message()}});
        session_.download_folder = options_.session.download_folder;
        fs::create_directories(session_.download_folder, error);
    }
    if (error) throw file_error(session_.download_folder, error.value());
    limits_.apply(session_, options_.rate_rules);
}

void SwarmEngine::change_session(const SessionChange& change) {
    if (change.download_folder) {
        std::error_code error;
        fs::create_directories(*change.download_folder, error);
        if (error) throw file_error(*change.download_folder, error.value());
    }
    session_state_.change(change);
    apply(change, session_);
    limits_.apply(session_, options_.rate_rules);
    if (change.peer_limit_per_torrent)
        for (auto& [number, torrent] : torrents_)
            guarded(*torrent, [&one = *torrent, this] { limits_.apply_to(one, session_); });
    save_session();
}

void SwarmEngine::check_goal(Torrent& torrent) {
    if (!torrent.complete() || torrent.activity.paused) return;
    const SeedGoal goal = seed_goal(torrent.record.settings, session_, options_.seed_seconds);
    if (goal.empty()) return;
    SeedProgress progress;
    progress.uploaded = torrent.uploaded();
    progress.downloaded = torrent.downloaded();
    progress.size = torrent.size;
    progress.seconds_seeding = torrent.seconds_seeding(clock_());
    progress.seconds_idle =
        clock_() - std::max({torrent.record.active_at, torrent.started_at, torrent.record.done_at});
    if (!goal_met(goal, progress)) return;
    log::info("seeding goal met",
              {{"id", std::to_string(torrent.number())}, {"torrent", torrent.record.name}});
    torrent.record.goal_met = true;
    torrent.record.started = false;
    torrent.activity.paused = true;
    swarm_.pause(torrent.swarm_id);
    saver_.touch(torrent);
}

SessionStats SwarmEngine::stats() const {
    SessionStats stats;
    stats.torrents = static_cast<int>(torrents_.size());
    for (const auto& [number, torrent] : torrents_) stats.paused += torrent->activity.paused ? 1 : 0;
    const Rates rates = traffic_.rates();
    stats.rate_down = rates.down;
    stats.rate_up = rates.up;
    stats.active = static_cast<int>(traffic_.busy_count());
    stats.current = session_state_.current();
    stats.cumulative = session_state_.cumulative();
    return stats;
}

SessionView SwarmEngine::session() const {
    SessionView view = session_;
    // Port 0 is any free one, and the usual one may have been taken.
    if (!listening_.empty()) view.peer_port = listening_.front().port;
    return view;
}

}  // namespace shoal::daemon
