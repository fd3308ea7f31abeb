#include "client/daemon/torrents/torrent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::daemon {
namespace {

using client::TorrentActivity;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Torrent, AwaitsFilesThatAreWantedAndNotInTheirPlaces) {
    Torrent torrent;
    EXPECT_FALSE(torrent.awaits_files());
    torrent.set_placed({true, false, false});
    EXPECT_TRUE(torrent.awaits_files());
    torrent.record.file_choices = {0, -2, -2};
    EXPECT_FALSE(torrent.awaits_files());
    torrent.record.file_choices = {0, -2, 1};
    EXPECT_TRUE(torrent.awaits_files());
    torrent.record.staged = true;  // then all of it waits, and not for files
    EXPECT_FALSE(torrent.awaits_files());
}

TEST(Torrent, RemembersNothingOfFilesThatAreAllInTheirPlaces) {
    Torrent torrent;
    torrent.set_placed({true, false});
    EXPECT_THAT(torrent.record.placed, ElementsAre(true, false));
    torrent.set_placed({true, true});
    EXPECT_THAT(torrent.record.placed, IsEmpty());
    EXPECT_TRUE(torrent.placed(1));
}

TEST(Torrent, OwnsItsPlaceUnlessTheContentIsElsewhereOrSomebodyElses) {
    Torrent torrent;
    EXPECT_FALSE(torrent.owns_place());
    torrent.has_metadata = true;
    EXPECT_TRUE(torrent.owns_place());
    for (bool TorrentRecord::*const flag :
         {&TorrentRecord::staged, &TorrentRecord::foreign, &TorrentRecord::displaced}) {
        torrent.record.*flag = true;
        EXPECT_FALSE(torrent.owns_place());
        torrent.record.*flag = false;
    }
}

TEST(Torrent, CountsOnFromEarlierRuns) {
    Torrent torrent;
    torrent.record.downloaded = 100;
    torrent.record.uploaded = 70;
    torrent.record.corrupt = 5;
    torrent.activity.downloaded = 30;  // the swarm lost its count
    torrent.activity.uploaded = 90;
    torrent.activity.failed = 2;
    EXPECT_EQ(torrent.downloaded(), 100u);
    EXPECT_EQ(torrent.uploaded(), 90u);
    EXPECT_EQ(torrent.corrupt(), 7u);
}

TEST(Torrent, ItsClockRunsWithoutNewsButNotWhilePaused) {
    Torrent torrent;
    torrent.activity_at = 1000;
    torrent.activity.seconds_active = 50;
    torrent.activity.seconds_seeding = 20;
    torrent.activity.state = TorrentActivity::State::kDownloading;
    EXPECT_EQ(torrent.seconds_downloading(1010), 40);
    EXPECT_EQ(torrent.seconds_seeding(1010), 20);
    torrent.activity.state = TorrentActivity::State::kFinished;
    EXPECT_EQ(torrent.seconds_downloading(1010), 30);
    EXPECT_EQ(torrent.seconds_seeding(1010), 30);
    EXPECT_EQ(torrent.as_saved(1010).seconds_seeding, 30);
    torrent.activity.paused = true;
    EXPECT_EQ(torrent.seconds_seeding(1010), 20);
    torrent.activity.paused = false;
    EXPECT_EQ(torrent.seconds_seeding(900), 20) << "a clock that was set back";
}

}  // namespace
}  // namespace shoal::daemon
