#include "client/daemon/seed_goal.hpp"

namespace shoal::daemon {

SeedGoal seed_goal(const TorrentSettings& torrent, const SessionView& session, std::int64_t seed_seconds) {
    SeedGoal goal;
    if (torrent.ratio_source == GoalSource::kOwn) {
        goal.ratio = torrent.ratio_limit;
    } else if (torrent.ratio_source == GoalSource::kSession && session.ratio_limited) {
        goal.ratio = session.ratio_limit;
    }
    constexpr std::int64_t kMinute = 60;
    if (torrent.idle_source == GoalSource::kOwn) {
        goal.idle_seconds = torrent.idle_minutes * kMinute;
    } else if (torrent.idle_source == GoalSource::kSession && session.idle_limited) {
        goal.idle_seconds = session.idle_minutes * kMinute;
    }
    if (seed_seconds > 0) goal.seed_seconds = seed_seconds;
    return goal;
}

bool goal_met(const SeedGoal& goal, const SeedProgress& progress) {
    const std::uint64_t base = progress.downloaded > 0 ? progress.downloaded : progress.size;
    if (goal.ratio && static_cast<double>(progress.uploaded) >= *goal.ratio * static_cast<double>(base)) {
        return true;
    }
    if (goal.idle_seconds && progress.seconds_idle >= *goal.idle_seconds) return true;
    return goal.seed_seconds && progress.seconds_seeding >= *goal.seed_seconds;
}

}  // namespace shoal::daemon
