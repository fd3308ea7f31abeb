#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/tracker/swarm/swarm_table_fixture.hpp"

namespace shoal::tracker {
namespace {

TEST_F(SwarmTableTest, DropsPeersAfterTwoAndAHalfIntervals) {
    const UnixSeconds told = announce(1, 100).interval;
    now += told * 5 / 2 - 1;
    EXPECT_EQ(announce(2, 100).peers.size(), 1u);
    now += 2;
    EXPECT_TRUE(announce(2, 100).peers.empty()) << "not handed out, even before a sweep";
    sweep();
    EXPECT_EQ(announce(2, 100).counts.incomplete, 1u);
}

TEST_F(SwarmTableTest, BelievesAClientThatAnnouncesSlowerThanItWasTold) {
    announce(1, 100);
    now += 300;
    sweep();
    announce(1, 100);
    now += 300;
    sweep();
    EXPECT_EQ(announce(2, 100).peers.size(), 1u);
}

TEST_F(SwarmTableTest, BelievesAPartialSeedThatAnnouncesSlowerThanItWasTold) {
    announce(1, 50, Event::kPaused);
    now += 300;
    sweep();
    announce(1, 50, Event::kPaused);
    now += 300;
    sweep();
    EXPECT_EQ(announce(2, 100).peers.size(), 1u) << "it says so each time (BEP 21)";
}

TEST_F(SwarmTableTest, BelievesASlowClientThatCompletesBetweenItsAnnounces) {
    announce(1, 100);
    now += 300;
    announce(1, 100);
    now += 100;
    announce(1, 0, Event::kCompleted);
    now += 300;
    sweep();
    EXPECT_EQ(announce(2, 100).peers.size(), 1u);
}

TEST_F(SwarmTableTest, JittersTheInterval) {
    std::set<std::uint32_t> intervals;
    for (int i = 0; i < 200; ++i) intervals.insert(announce(1, 100).interval);
    EXPECT_EQ(*intervals.begin(), 30u);
    EXPECT_EQ(*intervals.rbegin(), 36u);
    EXPECT_EQ(intervals.size(), 7u);
}

TEST_F(SwarmTableTest, HandsEachChangeOverOnce) {
    announce(1, 100);
    announce(2, 0, Event::kCompleted);
    Changes changes;
    table.take_changes(changes);
    ASSERT_EQ(changes.swarms.size(), 1u);
    EXPECT_EQ(changes.swarms[0].completed, 1u);
    EXPECT_EQ(changes.peers.size(), 2u);
    announce(1, 100);
    table.take_changes(changes);
    EXPECT_TRUE(changes.empty()) << "the same again is no news";
    announce(1, 100, Event::kStopped);
    announce(3, 100);
    table.take_changes(changes);
    EXPECT_EQ(changes.peers.size(), 1u);
    EXPECT_TRUE(changes.removed_peers.empty()) << "peer 3 took the place of peer 1";
    announce(3, 100, Event::kStopped);
    table.take_changes(changes);
    EXPECT_EQ(changes.removed_peers.size(), 1u);
}

TEST_F(SwarmTableTest, IsTheSameAfterARestart) {
    for (std::uint32_t host = 1; host <= 100; ++host) announce(host, host % 10 == 0 ? 0 : 100);
    announce(101, 0, Event::kCompleted);
    announce(102, 50, Event::kPaused);
    announce(50, 100, Event::kStopped);
    const auto restarted = after_restart();
    SwarmTable& other = *restarted;
    const auto before = table.scrape(hash('a'));
    const auto after = other.scrape(hash('a'));
    EXPECT_EQ(after.complete, before.complete);
    EXPECT_EQ(after.incomplete, before.incomplete);
    EXPECT_EQ(after.downloaders, before.downloaders);
    EXPECT_EQ(after.downloaded, 1u);
    Changes none;
    other.take_changes(none);
    EXPECT_TRUE(none.empty());
    AnnounceRequest request;
    request.info_hash = hash('a');
    request.peer_id = contact(1).peer_id;
    request.left = 100;
    AnnounceAnswer answer;
    other.announce(request, contact(1), now, answer);
    EXPECT_EQ(answer.counts.incomplete, before.incomplete) << "it is known";
}

TEST_F(SwarmTableTest, KeepsTheCountOfAnEmptySwarmForThirtyDays) {
    announce(1, 0, Event::kCompleted);
    announce(1, 0, Event::kStopped);
    now += 29 * 24 * 3600;
    sweep();
    EXPECT_EQ(table.scrape(hash('a')).downloaded, 1u);
    now += 2 * 24 * 3600;
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

TEST_F(SwarmTableTest, SurvivesALongRandomLife) {
    std::uint64_t random = 42;
    std::map<std::uint32_t, bool> live;
    for (int step = 0; step < 20'000; ++step) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const auto host = static_cast<std::uint32_t>(random >> 33) % 300;
        const bool stop = (random >> 20) % 4 == 0;
        announce(host, (random >> 25) % 3 == 0 ? 0 : 100, stop ? Event::kStopped : Event::kNone);
        live[host] = !stop;
    }
    const auto expected = static_cast<std::uint32_t>(
        std::count_if(live.begin(), live.end(), [](const auto& entry) { return entry.second; }));
    const auto counts = table.scrape(hash('a'));
    EXPECT_EQ(counts.complete + counts.incomplete, expected);
    now += 10'000;
    sweep();
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

}  // namespace
}  // namespace shoal::tracker
