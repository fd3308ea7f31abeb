#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/tracker/swarm/swarm_table_fixture.hpp"

namespace shoal::tracker {
namespace {

TEST_F(SwarmTableTest, CountsTheAnnouncerButNeverReturnsIt) {
    const auto first = announce(1, 100, Event::kStarted);
    EXPECT_EQ(first.counts.incomplete, 1u);
    EXPECT_TRUE(first.peers.empty());
    const auto second = announce(2, 100);
    EXPECT_EQ(second.counts.incomplete, 2u);
    EXPECT_EQ(addresses(second), std::set<std::string>{"10.0.0.1"});
}

TEST_F(SwarmTableTest, MakesACompletedPeerASeedInTheSameAnswer) {
    announce(1, 0);
    announce(2, 100, Event::kStarted);
    const auto answer = announce(2, 0, Event::kCompleted);
    EXPECT_EQ(answer.counts.complete, 2u);
    EXPECT_EQ(answer.counts.incomplete, 0u);
    EXPECT_EQ(answer.counts.downloaders, 0u);
    EXPECT_EQ(answer.counts.downloaded, 1u);
    EXPECT_EQ(announce(2, 0, Event::kCompleted).counts.downloaded, 1u) << "each peer once";
}

TEST_F(SwarmTableTest, TakesAMissingLeftForALeecher) {
    EXPECT_EQ(announce(1, std::nullopt).counts.incomplete, 1u);
    EXPECT_EQ(announce(2, std::nullopt, Event::kCompleted).counts.complete, 1u);
}

TEST_F(SwarmTableTest, TakesALeftAbove32BitsForALeecher) {
    EXPECT_EQ(announce(1, std::uint64_t{1} << 32).counts.incomplete, 1u);
}

TEST_F(SwarmTableTest, CountsPartialSeeds) {
    announce(1, 100);
    const auto answer = announce(2, 50, Event::kPaused);
    EXPECT_EQ(answer.counts.incomplete, 2u);
    EXPECT_EQ(answer.counts.downloaders, 1u) << "BEP 21";
    EXPECT_EQ(table.scrape(hash('a')).downloaders, 1u);
    EXPECT_EQ(addresses(announce(1, 100)), std::set<std::string>{"10.0.0.2"}) << "it has pieces to give";
}

TEST_F(SwarmTableTest, AnswersAStopWithoutPeers) {
    announce(1, 100);
    announce(2, 100);
    const auto stopped = announce(1, 100, Event::kStopped);
    EXPECT_TRUE(stopped.peers.empty());
    EXPECT_EQ(stopped.counts.incomplete, 1u);
    const auto unknown = announce(3, 100, Event::kStopped);
    EXPECT_TRUE(unknown.peers.empty());
    EXPECT_GE(unknown.interval, 30u);
    EXPECT_EQ(unknown.counts.incomplete, 1u);
}

TEST_F(SwarmTableTest, ForgetsASwarmThatNobodyCompleted) {
    announce(1, 100);
    announce(1, 100, Event::kStopped);
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

TEST_F(SwarmTableTest, GivesSeedsLeechersOnly) {
    for (std::uint32_t host = 1; host <= 10; ++host) announce(host, 0);
    for (std::uint32_t host = 11; host <= 13; ++host) announce(host, 100);
    EXPECT_EQ(addresses(announce(1, 0)), (std::set<std::string>{"10.0.0.11", "10.0.0.12", "10.0.0.13"}));
}

TEST_F(SwarmTableTest, GivesSeedsToAria2WhichSaysThatNothingIsLeftBeforeItHasTheMetadata) {
    announce(1, 0);
    announce(2, 100);
    announce(3, 50, Event::kPaused);
    PeerContact aria2 = contact(4);
    aria2.peer_id = *PeerId::from_bytes("A2-1-36-0-1234567890");
    const auto answer = announce_from(aria2, 0, Event::kStarted);
    EXPECT_EQ(addresses(answer), (std::set<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
    EXPECT_EQ(answer.counts.complete, 2u);
    EXPECT_EQ(announce_from(aria2, 5'000).counts.complete, 1u) << "now it has the metadata";
    EXPECT_EQ(table.swarm(hash('a'), now)->size, 5'000u);
}

TEST_F(SwarmTableTest, GivesALeecherSeedsAndOthersWhateverTheMix) {
    for (std::uint32_t host = 1; host <= 3; ++host) announce(host, 0);
    for (std::uint32_t host = 11; host <= 900; ++host) announce(host, 100);
    for (int round = 0; round < 20; ++round) {
        const auto answer = announce(11, 100);
        EXPECT_EQ(answer.peers.size(), 50u);
        const auto all = addresses(answer);
        EXPECT_TRUE(all.contains("10.0.0.1") && all.contains("10.0.0.2") && all.contains("10.0.0.3"));
        EXPECT_FALSE(all.contains("10.0.0.11"));
    }
    for (std::uint32_t host = 11; host <= 890; ++host) announce(host, 0);
    const auto answer = announce(900, 100);
    EXPECT_EQ(answer.peers.size(), 50u);
    const auto all = addresses(answer);
    for (std::uint32_t host = 891; host <= 899; ++host)
        EXPECT_TRUE(
            all.contains(IpAddress::v4({10, 0, 3, static_cast<std::uint8_t>(host & 255)}).to_string()));
}

TEST_F(SwarmTableTest, SamplesEveryPeerAboutEquallyOften) {
    for (std::uint32_t host = 1; host <= 201; ++host) announce(host, 100);
    std::map<std::string, int> seen;
    constexpr int kRounds = 4000;
    for (int round = 0; round < kRounds; ++round) {
        for (const auto& address : addresses(announce(1, 100, Event::kNone, 20))) ++seen[address];
    }
    EXPECT_EQ(seen.size(), 200u);
    // Expected 400 each, with a standard deviation below 20.
    for (const auto& [address, times] : seen) {
        EXPECT_GT(times, 280) << address;
        EXPECT_LT(times, 520) << address;
    }
}

TEST_F(SwarmTableTest, HonoursNumwantWithinItsBounds) {
    for (std::uint32_t host = 1; host <= 300; ++host) announce(host, 100);
    EXPECT_TRUE(announce(1, 100, Event::kNone, 0).peers.empty());
    EXPECT_EQ(announce(1, 100, Event::kNone, 1).peers.size(), 1u);
    EXPECT_EQ(announce(1, 100, Event::kNone, 7).peers.size(), 7u);
    EXPECT_EQ(announce(1, 100).peers.size(), 50u);
    EXPECT_EQ(announce(1, 100, Event::kNone, UINT32_MAX).peers.size(), 200u);
}

/// Which announces come from one peer. Each is one of "-SH0001-000000000001" unless told otherwise.

TEST_F(SwarmTableTest, HandsLoopbackAndLinkLocalOutToTheirLikeOnly) {
    const auto at = [&](std::uint32_t host, const char* address) {
        PeerContact peer;
        peer.peer_id = contact(host).peer_id;
        peer.set(*IpAddress::parse(address), 6881);
        return addresses(announce_from(peer, 100));
    };
    at(1, "127.0.0.1");
    at(2, "169.254.0.2");
    at(3, "10.0.0.3");
    EXPECT_EQ(at(4, "10.0.0.4"), std::set<std::string>{"10.0.0.3"});
    EXPECT_EQ(at(5, "169.254.0.5"), (std::set<std::string>{"169.254.0.2", "10.0.0.3", "10.0.0.4"}));
    EXPECT_EQ(at(6, "127.0.0.6").size(), 5u) << "the tracker's own machine reaches them all";
}

}  // namespace
}  // namespace shoal::tracker
