#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/tracker/swarm/swarm_table_fixture.hpp"

namespace shoal::tracker {
namespace {

TEST_F(SwarmTableTest, TakesTheSizeFromWhatMostPeersSay) {
    const auto size = [&] { return table.swarm(hash('a'), now)->size; };
    announce(1, 0);
    announce(2, 500);
    announce(3, 400);
    announce(4, std::nullopt);
    EXPECT_EQ(size(), 500u);
    announce(5, 1'000'000, Event::kStarted);
    announce(5, 1'000'000, Event::kStopped);
    announce(5, 1'000'000, Event::kStarted);
    EXPECT_EQ(size(), 500u) << "a client without metadata";
    announce(2, 100);
    announce(3, 100);
    EXPECT_EQ(size(), 500u) << "what is left of a download says nothing";
    PeerQuery query;
    query.most = 100;
    const auto peers = table.peers(hash('a'), now, query).peers;
    EXPECT_EQ(std::count_if(peers.begin(), peers.end(), [](const PeerView& peer) { return peer.left_known; }),
              3)
        << "more than there is can't be left";
    table.register_torrent(hash('a'), "model", 600, now);
    EXPECT_EQ(size(), 600u) << "the manifest knows";
}

TEST_F(SwarmTableTest, LearnsTheSizeFromMagnetClientsOnceTheyKnowIt) {
    const auto size = [&] { return table.swarm(hash('a'), now)->size; };
    announce(1, std::nullopt, Event::kStarted);
    announce(2, 16384, Event::kStarted);
    EXPECT_EQ(size(), 0u);
    announce(1, 5'000'000);
    EXPECT_EQ(size(), 5'000'000u);
    announce(2, 5'000'000);
    announce(3, 1'000, Event::kStarted);
    announce(3, 5'000'000);
    announce(4, 90'000'000, Event::kStarted);
    EXPECT_EQ(size(), 5'000'000u) << "three say so";
}

TEST_F(SwarmTableTest, ForgetsWhatOneThatLeftSaidOfTheSize) {
    announce(1, 1'000'000);
    announce(1, 1'000'000, Event::kStopped);
    EXPECT_EQ(announce(2, 0).counts.complete, 1u);
    EXPECT_EQ(table.swarm(hash('a'), now)->size, 1'000'000u) << "nobody says otherwise";
    announce(3, 500);
    EXPECT_EQ(table.swarm(hash('a'), now)->size, 500u);
}

TEST_F(SwarmTableTest, KeepsTheSizeOverARestart) {
    for (std::uint32_t host = 1; host <= 9; ++host) announce(host, 500);
    for (std::uint32_t host = 1; host <= 9; ++host) announce(host, 300);
    const auto restarted = after_restart();
    SwarmTable& other = *restarted;
    EXPECT_EQ(other.swarm(hash('a'), now)->size, 500u);
}

TEST_F(SwarmTableTest, TellsHowFarPeersAre) {
    table.register_torrent(hash('a'), "model", 1000, now);
    EXPECT_FALSE(table.swarm(hash('a'), now)->progress->shares) << "there is no peer";
    for (std::uint32_t host = 0; host < 8; ++host) announce(host, 100 * host);
    announce(8, 900, Event::kPaused);
    announce(9, std::nullopt);
    const auto swarm = table.swarm(hash('a'), now, 3);
    EXPECT_EQ(swarm->partial_seeds(), 1u);
    const ProgressView& progress = *swarm->progress;
    ASSERT_TRUE(progress.shares);
    // 100, 90, 80 ... 30 % of the first eight, 10 % of the partial seed, nothing of who does not say.
    EXPECT_DOUBLE_EQ(progress.shares->mean, 0.53);
    EXPECT_DOUBLE_EQ(progress.shares->half, 0.6);
    EXPECT_DOUBLE_EQ(progress.shares->slowest, 0);
    EXPECT_FALSE(progress.seconds_left) << "a rate needs two announces";
    ASSERT_EQ(progress.behind.size(), 3u);
    EXPECT_FALSE(progress.behind[0].left_known);
    EXPECT_EQ(progress.behind[1].left, 700u);
    EXPECT_EQ(progress.behind[2].left, 600u);
    EXPECT_TRUE(progress.sites.empty()) << "the tracker knows no sites";
}

TEST_F(SwarmTableTest, TellsWhenNearlyAllAreDone) {
    table.register_torrent(hash('a'), "model", 100'000, now);
    for (std::uint32_t host = 1; host <= 200; ++host) announce(host, 50'000);
    now += 10;
    for (std::uint32_t host = 1; host <= 197; ++host) announce(host, 40'000);
    announce(198, 49'000);
    announce(199, 49'990);
    announce(200, 20'000, Event::kPaused);
    const auto swarm = table.swarm(hash('a'), now);
    // 1,000 B/s each: 40 s. One needs 490 s, one 49,990 s, and a partial seed needs no more.
    EXPECT_EQ(swarm->progress->seconds_left, 490u);
    EXPECT_EQ(swarm->progress->rate, 197 * 1000 + 100 + 1);
    now += 100;
    EXPECT_FALSE(table.swarm(hash('a'), now)->progress->seconds_left) << "all have stalled";
    EXPECT_EQ(table.swarm(hash('a'), now)->progress->stalled, 199u);
}

TEST_F(SwarmTableTest, TellsWhatPeersHaveOfASizeThatNobodyRegistered) {
    for (std::uint32_t host = 1; host <= 6; ++host) announce(host, 900, Event::kPaused);
    for (std::uint32_t host = 7; host <= 9; ++host) announce(host, 1000);
    const auto swarm = table.swarm(hash('a'), now);
    EXPECT_EQ(swarm->size, 1000u) << "a partial seed lacks less than all";
    EXPECT_EQ(swarm->progress->shares->half, 0.1);
    EXPECT_EQ(swarm->progress->shares->slowest, 0);
}

TEST_F(SwarmTableTest, JudgesAVeryLargeSwarmByASample) {
    table.register_torrent(hash('a'), "model", 1000, now);
    constexpr std::uint32_t kHosts = 50'000;
    for (std::uint32_t host = 0; host < kHosts; ++host) announce(host, 500, Event::kNone, 0);
    const auto swarm = table.swarm(hash('a'), now, 5);
    EXPECT_NEAR(swarm->progress->shares->mean, 0.5, 1e-9);
    EXPECT_EQ(swarm->progress->shares->half, 0.5);
    EXPECT_EQ(swarm->progress->behind.size(), 5u);
}

TEST_F(SwarmTableTest, ListsPeersByStateInAnOrderThatAnOperatorWants) {
    table.register_torrent(hash('a'), "model", 1000, now);
    announce(1, 400);
    announce(2, 0);
    announce(3, 900, Event::kPaused);
    announce(4, 0);
    now += 120;
    sweep();
    announce(5, 700);
    now += 70;
    announce(6, 900);
    announce(7, 800);
    announce(5, 700);
    announce(9, 10, Event::kPaused);
    const auto left = [&](PeerFilter filter, std::size_t offset = 0, std::size_t most = 100) {
        PeerQuery query;
        query.filter = filter;
        query.offset = offset;
        query.most = most;
        const PeerPage page = table.peers(hash('a'), now, query);
        std::vector<std::uint64_t> all{page.total};
        for (const PeerView& peer : page.peers) all.push_back(peer.left);
        return all;
    };
    using testing::ElementsAre;
    EXPECT_THAT(left(PeerFilter::kLeechers), ElementsAre(3, 700, 900, 800)) << "the stalled one comes first";
    EXPECT_THAT(left(PeerFilter::kStalled), ElementsAre(1, 700));
    EXPECT_THAT(left(PeerFilter::kPartialSeeds), ElementsAre(1, 10));
    EXPECT_THAT(left(PeerFilter::kSeeds), ElementsAre(0));
    EXPECT_EQ(left(PeerFilter::kLost).front(), 4u);
    EXPECT_THAT(left(PeerFilter::kAll, 1, 3), ElementsAre(8, 900, 800, 10));
    EXPECT_THAT(left(PeerFilter::kAll, 100, 3), ElementsAre(8));
    EXPECT_EQ(table.swarm(hash('a'), now, 2)->progress->lost.size(), 2u);
}

TEST_F(SwarmTableTest, TellsHowFarEachSiteIs) {
    SwarmOptions options;
    options.sites = {{"hall-1", {*IpNetwork::parse("10.0.0.0/24")}},
                     {"hall-2", {*IpNetwork::parse("10.0.1.0/24")}},
                     {"empty", {*IpNetwork::parse("10.9.0.0/24")}}};
    SwarmTable sited{options, [] { return 7u; }};
    sited.register_torrent(hash('a'), "model", 1000, now);
    const auto join = [&](std::uint32_t host, std::uint64_t left) {
        AnnounceRequest request;
        request.info_hash = hash('a');
        request.peer_id = contact(host).peer_id;
        request.left = left;
        AnnounceAnswer answer;
        sited.announce(request, contact(host), now, answer);
    };
    join(1, 0);
    join(2, 500);
    join(256, 250);
    join(600, 1000);
    const auto sites = sited.swarm(hash('a'), now)->progress->sites;
    ASSERT_EQ(sites.size(), 3u);
    EXPECT_EQ(sites[0].name, "") << "of no site";
    EXPECT_EQ(sites[0].mean, 0);
    EXPECT_EQ(sites[1].name, "hall-1");
    EXPECT_EQ(sites[1].seeds, 1u);
    EXPECT_EQ(sites[1].leechers, 1u);
    EXPECT_EQ(sites[1].mean, 0.75);
    EXPECT_EQ(sites[2].name, "hall-2");
    EXPECT_EQ(sites[2].mean, 0.75);
    PeerQuery query;
    query.most = 10;
    query.site = "hall-1";
    EXPECT_EQ(sited.peers(hash('a'), now, query).total, 2u);
    query.site = "";
    EXPECT_EQ(sited.peers(hash('a'), now, query).total, 1u);
}

}  // namespace
}  // namespace shoal::tracker
