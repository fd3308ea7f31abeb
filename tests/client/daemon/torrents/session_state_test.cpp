#include "client/daemon/torrents/session_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

class SessionStateTest : public testing::Test {
  protected:
    SessionState run() {
        return SessionState(store_, health_, [this] { return now_; });
    }

    std::int64_t now_ = 1'700'000'000;
    test::TemporaryFolder folder_;
    StateStore store_{folder_ / "state"};
    StateHealth health_;
};

TEST_F(SessionStateTest, ANumberIsGivenOnceAlsoWhereTheDaemonIsKilled) {
    TorrentNumber last = 0;
    {
        SessionState killed = run();
        for (int i = 0; i < 100; ++i) {
            const TorrentNumber number = killed.take_number();
            EXPECT_GT(number, last);
            last = number;
        }
    }
    SessionState next = run();
    EXPECT_GT(next.take_number(), last);
}

TEST_F(SessionStateTest, ADaemonThatEndsLeavesNoGap) {
    {
        SessionState ending = run();
        EXPECT_EQ(ending.take_number(), 1);
        EXPECT_EQ(ending.take_number(), 2);
        ending.save(true);
    }
    EXPECT_EQ(run().take_number(), 3);
}

TEST_F(SessionStateTest, NumbersThatTorrentsHaveAreTaken) {
    SessionState state = run();
    state.number_is_taken(500);
    EXPECT_EQ(state.take_number(), 501);
}

TEST_F(SessionStateTest, TotalsAddUpOverRuns) {
    {
        SessionState first = run();
        first.count_transfer(1000, 500);
        first.count_files(3);
        now_ += 60;
        first.save();
        first.count_transfer(10, 5);
        now_ += 1;
        EXPECT_EQ(first.cumulative().downloaded, 1010u);
        first.save(true);
        EXPECT_EQ(first.cumulative().downloaded, 1010u) << "counted once";
    }
    now_ += 3600;  // while no daemon runs
    SessionState second = run();
    second.count_transfer(1, 2);
    now_ += 9;
    EXPECT_EQ(second.current().downloaded, 1u);
    EXPECT_EQ(second.current().sessions, 1u);
    EXPECT_EQ(second.current().seconds_active, 9u);
    const SessionTotals all = second.cumulative();
    EXPECT_EQ(all.downloaded, 1011u);
    EXPECT_EQ(all.uploaded, 507u);
    EXPECT_EQ(all.files_added, 3u);
    EXPECT_EQ(all.sessions, 2u);
    EXPECT_EQ(all.seconds_active, 70u);
}

TEST_F(SessionStateTest, ChangesOfLaterCallsWin) {
    {
        SessionState first = run();
        SessionChange change;
        change.peer_limit = 7;
        change.limited_up = true;
        first.change(change);
        SessionChange later;
        later.peer_limit = 8;
        first.change(later);
        first.save();
    }
    const SessionState second = run();
    EXPECT_EQ(second.changes().peer_limit, 8);
    EXPECT_EQ(second.changes().limited_up, true);
}

TEST_F(SessionStateTest, AClockThatIsSetBackTakesNoSecondsAway) {
    SessionState state = run();
    now_ -= 1000;
    EXPECT_EQ(state.current().seconds_active, 0u);
}

}  // namespace
}  // namespace shoal::daemon
