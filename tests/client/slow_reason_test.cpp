#include "client/swarm/slow_reason.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace shoal::client {

void PrintTo(const SlowReason& reason, std::ostream* out) {
    *out << name_of(reason.cause) << ": " << reason.why;
}

namespace {

MATCHER_P2(Is, cause, words, "") {
    return arg.has_value() && arg->cause == cause && arg->why.find(words) != std::string::npos;
}

/// Nothing arrives.
SlowFacts silent(int peers, int seeds, int choking, int known) {
    SlowFacts facts;
    facts.status.state = TorrentStatus::State::kDownloading;
    facts.status.peers = peers;
    facts.status.seeds = seeds;
    facts.status.peers_choking = choking;
    facts.status.peers_known = known;
    return facts;
}

/// All of `peers` send 1 MB/s together.
SlowFacts receiving(int peers) {
    SlowFacts facts = silent(peers, peers, 0, peers);
    facts.status.peers_offering = facts.status.peers_sending = peers;
    facts.down.rate = facts.down.session_rate = 1'000'000;
    return facts;
}

/// `peers` want something and get 1 MB/s together.
SlowFacts seeding(int peers) {
    SlowFacts facts;
    facts.status.state = TorrentStatus::State::kSeeding;
    facts.status.peers = facts.status.leechers = facts.status.peers_asking = facts.status.peers_served =
        peers;
    facts.up.rate = facts.up.session_rate = peers > 0 ? 1'000'000 : 0;
    return facts;
}

std::string why(const SlowFacts& facts) {
    const auto reason = slow_reason(facts);
    return reason ? reason->why : "no reason";
}

TEST(SlowReason, QuotesTheTrackerWhenThereIsNobody) {
    SlowFacts facts = silent(0, 0, 0, 0);
    EXPECT_EQ(why(facts), "no peers found");
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kPeers, ""));
    facts.tracker_failure = "http://t/announce: not for you";
    EXPECT_EQ(why(facts), "no peers found (tracker http://t/announce: not for you)");
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kTracker, ""));
}

TEST(SlowReason, TellsUnreachablePeersFromNone) {
    EXPECT_EQ(why(silent(0, 0, 0, 3)), "none of the 3 known peers can be reached");
}

TEST(SlowReason, NamesWhoSendsDamageWhereNobodyElseIsLeft) {
    for (const int connected : {0, 1}) {
        SlowFacts facts = silent(connected, connected, 0, 1);
        facts.damaging_peers = 1;
        facts.damage = "10.0.0.1:7001 sent piece 22 damaged";
        EXPECT_EQ(why(facts), "10.0.0.1:7001 sent piece 22 damaged, and nobody else sends anything");
    }
    SlowFacts facts = receiving(2);
    facts.damaging_peers = 1;
    facts.damage = "10.0.0.1:7001 sent piece 22 damaged";
    EXPECT_THAT(why(facts), ::testing::Not(::testing::HasSubstr("damaged")));
}

TEST(SlowReason, TellsWhatConnectedPeersDo) {
    EXPECT_EQ(why(silent(2, 1, 2, 2)), "all 2 connected peers choke us");
    EXPECT_EQ(why(silent(2, 0, 0, 2)), "none of the 2 connected peers has what is missing");
    EXPECT_EQ(why(silent(2, 1, 0, 2)), "the 2 connected peers send nothing");
}

TEST(SlowReason, CountsToOne) {
    EXPECT_EQ(why(silent(0, 0, 0, 1)), "the only known peer can't be reached");
    EXPECT_EQ(why(silent(1, 1, 1, 1)), "the only connected peer chokes us");
    EXPECT_EQ(why(silent(1, 1, 0, 1)), "the only connected peer sends nothing");
}

TEST(SlowReason, KnowsThatAMagnetWaitsForMetadata) {
    SlowFacts facts = silent(1, 0, 0, 1);
    facts.status.state = TorrentStatus::State::kMetadata;
    EXPECT_EQ(why(facts), "the only connected peer does not have the metadata");
}

TEST(SlowReason, NamesThePeersThatDoNotSend) {
    SlowFacts facts = receiving(1);
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kPeers, "only one connected peer"));
    facts = receiving(2);
    facts.status.peers = 10;
    facts.status.peers_choking = 5;
    EXPECT_THAT(slow_reason(facts),
                Is(SlowCause::kPeers, "2 of 10 connected peers send, 5 choke us, 3 have nothing new"));
}

TEST(SlowReason, HasNothingToSayWhereManyPeersSend) {
    EXPECT_EQ(why(receiving(3)), "no reason");
    EXPECT_EQ(why(receiving(50)), "no reason");
}

TEST(SlowReason, IsTheLinkNearALimit) {
    SlowFacts facts = receiving(1);
    facts.status.limits_down.torrent = 1'100'000;
    EXPECT_EQ(why(facts), "receives at this torrent's limit of 1.1 MB/s");
    facts.status.limits_down.torrent = 2'000'000;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kPeers, ""));
    // Another torrent takes most of what all may have.
    facts.down.session_rate = 4'900'000;
    facts.status.limits_down.session = 5'000'000;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kLink, "the limit of 5.0 MB/s for all torrents together"));
}

TEST(SlowReason, IsTheLinkWhereConnectionsWaitForTheirShareOfALimit) {
    SlowFacts facts = receiving(4);
    facts.down.rate = facts.down.session_rate = 0;  // a limit so low that a second brings nothing
    facts.status.peers_sending = 0;
    facts.status.limits_down.torrent = 1000;
    facts.status.receiving_waits_for_limit = 2;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kLink, "this torrent's limit of 1.0 kB/s"));
    facts.status.receiving_waits_for_limit = 1;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kPeers, ""));
}

TEST(SlowReason, BlamesOfTwoLimitsTheOneThatBinds) {
    constexpr const char* kOwn = "this torrent's limit";
    constexpr const char* kCommon = "for all torrents together";
    SlowFacts facts = receiving(4);
    const auto with = [&facts](std::uint64_t own, std::uint64_t common) {
        facts.status.limits_down = {own, common};
        return slow_reason(facts);
    };
    // The rates are at both.
    EXPECT_THAT(with(1'000'000, 1'050'000), Is(SlowCause::kLink, kOwn));
    EXPECT_THAT(with(1'050'000, 1'000'000), Is(SlowCause::kLink, kCommon));
    EXPECT_THAT(with(1'000'000, 1'000'000), Is(SlowCause::kLink, kOwn));
    // At neither, and connections wait.
    facts.status.receiving_waits_for_limit = 4;
    EXPECT_THAT(with(2'000'000, 5'000'000), Is(SlowCause::kLink, kOwn));
    EXPECT_THAT(with(5'000'000, 2'000'000), Is(SlowCause::kLink, kCommon));
    EXPECT_THAT(with(0, 2'000'000), Is(SlowCause::kLink, kCommon));
    EXPECT_THAT(with(2'000'000, 0), Is(SlowCause::kLink, kOwn));
    EXPECT_FALSE(with(0, 0).has_value());
    // Other torrents use what all may have: the higher one binds.
    facts.down.session_rate = 5'000'000;
    EXPECT_THAT(with(2'000'000, 5'000'000), Is(SlowCause::kLink, kCommon));
    facts.down.session_rate = 1'000'000;
    EXPECT_THAT(with(1'000'000, 5'000'000), Is(SlowCause::kLink, kOwn));
}

TEST(SlowReason, IsTheLinkWhereManySendAndItGetsNoFaster) {
    SlowFacts facts = receiving(5);
    facts.down.steady = true;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kLink, "from 5 connected peers as fast as it ever did"));
    // One or two may just have no more to give.
    facts = receiving(2);
    facts.down.steady = true;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kPeers, ""));
}

TEST(SlowReason, IsTheDiskWhereMostConnectionsWaitForIt) {
    SlowFacts facts = receiving(4);
    facts.status.receiving_waits_for_disk = 2;
    facts.down.steady = true;
    facts.status.rationing_origins = 1;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kDisk, "2 of 4 connected peers wait"));
    facts.status.receiving_waits_for_disk = 1;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kLink, ""));
}

TEST(SlowReason, IsTheDiskWhereItIsASecondBehind) {
    SlowFacts facts = receiving(1);
    facts.status.rationing_origins = 1;  // whose window is full of what waits here
    facts.status.bytes_to_write = 3 << 20;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kDisk, "has 3.00 MiB still to write"));
    facts.down.rate = 100'000'000;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kRationed, ""));
    facts.down.rate = 1000;
    facts.status.bytes_to_write = 100'000;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kRationed, ""));
}

TEST(SlowReason, IsRationedBesideAnOriginThatRations) {
    SlowFacts facts = receiving(1);
    facts.status.rationing_origins = 1;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kRationed, "an origin rations"));
    facts = silent(2, 1, 1, 2);
    facts.status.rationing_origins = 1;
    facts.tracker_failure = "http://t/announce: timed out";
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kRationed, ""));
    // What is certain comes first.
    facts = receiving(1);
    facts.status.rationing_origins = 1;
    facts.status.limits_down.torrent = 1'000'000;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kLink, ""));
}

TEST(SlowReason, IsTheTrackerWhereItFailsAndPeersAreFew) {
    SlowFacts facts = receiving(2);
    facts.tracker_failure = "http://t/announce: timed out";
    EXPECT_EQ(why(facts),
              "only 2 connected peers, and no more are found: tracker http://t/announce: timed out");
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kTracker, ""));
    facts = receiving(3);
    facts.tracker_failure = "http://t/announce: timed out";
    EXPECT_EQ(why(facts), "no reason");
}

TEST(SlowReason, IsSilentOverASeedThatNobodyAsks) {
    SlowFacts facts = seeding(0);
    facts.status.limits_up.torrent = 1;
    facts.tracker_failure = "http://t/announce: timed out";
    EXPECT_EQ(why(facts), "no reason");
    EXPECT_EQ(why(seeding(5)), "no reason");
}

TEST(SlowReason, OfASeedIsItsLimitItsLineOrItsDisk) {
    SlowFacts facts = seeding(4);
    facts.status.limits_up.session = 1'000'000;
    EXPECT_EQ(why(facts), "sends at the limit of 1.0 MB/s for all torrents together");
    facts = seeding(4);
    facts.up.steady = true;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kLink, "sends to 4 connected peers"));
    facts.status.sending_waits_for_disk = 3;
    EXPECT_THAT(slow_reason(facts), Is(SlowCause::kDisk, "3 of 4 connected peers wait"));
}

TEST(SlowReason, WaitsForTheCheck) {
    SlowFacts facts = silent(0, 0, 0, 0);
    facts.status.state = TorrentStatus::State::kChecking;
    EXPECT_EQ(why(facts), "no reason");
}

}  // namespace
}  // namespace shoal::client
