#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "client/daemon/rate_schedule.hpp"
#include "client/daemon/seed_goal.hpp"
#include "client/daemon/session_change.hpp"
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using client::TorrentActivity;

/// A limit of 0 stops a direction in the protocol, and means "none" to the swarm.
std::uint64_t effective(bool limited, std::uint64_t limit) {
    return limited ? std::max<std::uint64_t>(1, limit) : 0;
}

}  // namespace

void SwarmEngine::reconfigure(EngineOptions options) {
    options_ = std::move(options);
    session_ = options_.session;
    apply(record_.changes, session_);
    std::error_code error;
    fs::create_directories(session_.download_folder, error);
    if (error && record_.changes.download_folder) {
        // Chosen by RPC, say on a disk that is not mounted now: no reason not to start.
        log::error("the download folder of an earlier choice cannot be used, the configured one is",
                   {{"folder", session_.download_folder}, {"why", error.message()}});
        session_.download_folder = options_.session.download_folder;
        fs::create_directories(session_.download_folder, error);
    }
    if (error) throw file_error(session_.download_folder, error.value());
    apply_rates();
}

void SwarmEngine::change_session(const SessionChange& change) {
    if (change.download_folder) {
        std::error_code error;
        fs::create_directories(*change.download_folder, error);
        if (error) throw file_error(*change.download_folder, error.value());
    }
    merge(change, record_.changes);
    apply(change, session_);
    apply_rates();
    if (change.peer_limit_per_torrent)
        for (auto& [number, entry] : entries_)
            guarded(*entry, [&one = *entry, this] { apply_settings(one); });
    save_session();
}

void SwarmEngine::apply_settings(Entry& entry) {
    if (entry.swarm_id == 0) return;
    const TorrentSettings& settings = entry.record.settings;
    swarm_.limit(entry.swarm_id, effective(settings.limited_down, settings.limit_down),
                 effective(settings.limited_up, settings.limit_up));
    swarm_.limit_peers(entry.swarm_id,
                       settings.peer_limit > 0 ? settings.peer_limit : session_.peer_limit_per_torrent);
}

void SwarmEngine::apply_rates() {
    Rates rates{effective(session_.limited_down, session_.limit_down),
                effective(session_.limited_up, session_.limit_up)};
    const WeekTime time = local_time_();
    rates = scheduled_rates(options_.rate_rules, time, rates);
    const RateRule alternative{static_cast<unsigned>(session_.alternative_days),
                               session_.alternative_begin,
                               session_.alternative_end,
                               {}};
    if (session_.alternative || (session_.alternative_scheduled && alternative.covers(time)))
        rates = {effective(true, session_.alternative_down), effective(true, session_.alternative_up)};
    if (applied_ && rates == applied_rates_ && session_.peer_limit == applied_peer_limit_) return;
    applied_ = true;
    applied_rates_ = rates;
    applied_peer_limit_ = session_.peer_limit;
    swarm_.limit_session(rates.down, rates.up, session_.peer_limit);
}

void SwarmEngine::check_goal(Entry& entry) {
    if (!entry.complete() || entry.activity.paused) return;
    const SeedGoal goal = seed_goal(entry.record.settings, session_, options_.seed_seconds);
    if (goal.empty()) return;
    const TorrentNumber number = entry.record.number;
    const TorrentView seen = view(number);
    SeedProgress progress;
    progress.uploaded = seen.uploaded;
    progress.downloaded = seen.downloaded;
    progress.size = seen.size;
    progress.seconds_seeding = seen.seconds_seeding;
    progress.seconds_idle = clock_() - std::max({seen.active_at, seen.started_at, seen.done_at});
    if (!goal_met(goal, progress)) return;
    log::info("seeding goal met", {{"id", std::to_string(number)}, {"torrent", entry.record.name}});
    entry.record.goal_met = true;
    entry.record.started = false;
    entry.activity.paused = true;
    swarm_.pause(entry.swarm_id);
    touch(entry);
}

SwarmEngine::TotalRates SwarmEngine::total_rates() const {
    TotalRates rates;
    for (const TorrentNumber number : busy_) {
        const TorrentActivity& activity = entries_.at(number)->activity;
        rates.down += activity.rate_down;
        rates.up += activity.rate_up;
    }
    return rates;
}

SessionStats SwarmEngine::stats() const {
    SessionStats stats;
    stats.torrents = static_cast<int>(entries_.size());
    for (const auto& [number, entry] : entries_) stats.paused += entry->activity.paused ? 1 : 0;
    const TotalRates rates = total_rates();
    stats.rate_down = rates.down;
    stats.rate_up = rates.up;
    stats.active = static_cast<int>(busy_.size());
    stats.current = current_;
    stats.current.sessions = 1;
    stats.current.seconds_active =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_() - started_at_));
    stats.cumulative = record_.totals;
    stats.cumulative.uploaded += current_.uploaded - counted_.uploaded;
    stats.cumulative.downloaded += current_.downloaded - counted_.downloaded;
    stats.cumulative.seconds_active +=
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_() - totals_at_));
    return stats;
}

SessionView SwarmEngine::session() const {
    SessionView view = session_;
    // Port 0 is any free one, and the usual one may have been taken.
    if (!listening_.empty()) view.peer_port = listening_.front().port;
    return view;
}

}  // namespace shoal::daemon
