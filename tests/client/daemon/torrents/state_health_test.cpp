#include "client/daemon/torrents/state_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::daemon {
namespace {

TEST(StateHealth, IsInTroubleUntilAllThatFailedIsWritten) {
    StateHealth health;
    EXPECT_EQ(health.trouble(), "");
    health.torrent_failed(1, "disk full");
    health.torrent_failed(2, "disk full");
    health.session_failed("read-only");
    EXPECT_EQ(health.trouble(), "cannot save the state: read-only");
    EXPECT_TRUE(health.torrents_behind());
    EXPECT_TRUE(health.session_behind());
    health.torrent_written(1);
    health.session_written();
    EXPECT_NE(health.trouble(), "") << "torrent 2 is behind";
    health.torrent_written(2);
    EXPECT_EQ(health.trouble(), "");
    EXPECT_FALSE(health.torrents_behind());
    EXPECT_FALSE(health.session_behind());
    EXPECT_EQ(health.failures(), 3u);
}

TEST(StateHealth, ATorrentThatIsRemovedIsNotBehind) {
    StateHealth health;
    health.torrent_failed(1, "disk full");
    health.forget(1);
    EXPECT_EQ(health.trouble(), "");
    EXPECT_FALSE(health.torrents_behind());
}

}  // namespace
}  // namespace shoal::daemon
