#include "client/daemon/seed_goal.hpp"

#include <gtest/gtest.h>

namespace shoal::daemon {
namespace {

TEST(SeedGoal, IsTheTorrentsOwnBeforeTheSessions) {
    SessionView session;
    TorrentSettings torrent;
    EXPECT_TRUE(seed_goal(torrent, session, 0).empty());
    session.ratio_limited = session.idle_limited = true;
    session.ratio_limit = 3;
    session.idle_minutes = 5;
    EXPECT_EQ(seed_goal(torrent, session, 0).ratio, 3);
    EXPECT_EQ(seed_goal(torrent, session, 0).idle_seconds, 300);
    EXPECT_EQ(seed_goal(torrent, session, 60).seed_seconds, 60);
    torrent.ratio_source = torrent.idle_source = GoalSource::kOwn;
    torrent.ratio_limit = 1;
    torrent.idle_minutes = 1;
    EXPECT_EQ(seed_goal(torrent, session, 0).ratio, 1);
    EXPECT_EQ(seed_goal(torrent, session, 0).idle_seconds, 60);
    torrent.ratio_source = torrent.idle_source = GoalSource::kNone;
    EXPECT_TRUE(seed_goal(torrent, session, 0).empty());
}

TEST(SeedGoal, RatioCountsWhatWasDownloadedOrElseTheSize) {
    const SeedGoal goal{.ratio = 2, .idle_seconds = {}, .seed_seconds = {}};
    SeedProgress progress;
    progress.size = 1000;
    progress.uploaded = 1999;
    EXPECT_FALSE(goal_met(goal, progress));
    progress.uploaded = 2000;
    EXPECT_TRUE(goal_met(goal, progress));
    progress.downloaded = 1500;
    EXPECT_FALSE(goal_met(goal, progress));
}

TEST(SeedGoal, AnyOneIsEnough) {
    const SeedGoal goal{.ratio = 100, .idle_seconds = 60, .seed_seconds = 3600};
    SeedProgress progress;
    progress.size = 1;
    EXPECT_FALSE(goal_met(goal, progress));
    progress.seconds_idle = 60;
    EXPECT_TRUE(goal_met(goal, progress));
    progress.seconds_idle = 0;
    progress.seconds_seeding = 3600;
    EXPECT_TRUE(goal_met(goal, progress));
    EXPECT_FALSE(goal_met({}, progress));
}

}  // namespace
}  // namespace shoal::daemon
