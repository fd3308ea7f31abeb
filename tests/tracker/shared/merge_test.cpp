#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracker/swarm/swarm_table.hpp"

/// Two tables that hear of each other's changes, without anything between them.
namespace shoal::tracker {
namespace {

constexpr UnixSeconds kStart = 1'800'000'000;

InfoHash hash() {
    return *InfoHash::from_bytes("aaaaaaaaaaaaaaaaaaaa");
}

class MergeTest : public testing::Test {
  protected:
    static std::unique_ptr<SwarmTable> make(std::uint64_t tracker) {
        SwarmOptions options;
        options.tracker = tracker;
        return std::make_unique<SwarmTable>(options, [seed = tracker]() mutable { return seed += 7; });
    }

    AnnounceAnswer announce(SwarmTable& table, int host, std::uint64_t left, Event event = Event::kNone,
                            std::uint16_t port = 6881) {
        AnnounceRequest request;
        request.info_hash = hash();
        request.peer_id = *PeerId::from_bytes("-SH0001-" + std::to_string(100'000'000'000 + host));
        request.left = left;
        request.event = event;
        PeerContact contact;
        contact.peer_id = request.peer_id;
        contact.set(IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(host)}), port);
        AnnounceAnswer answer;
        EXPECT_FALSE(table.announce(request, contact, now, answer));
        return answer;
    }

    /// @return records that travelled
    std::size_t tell(SwarmTable& from, std::uint64_t number, SwarmTable& to) {
        Changes changes;
        from.unshared().take_changes(changes);
        for (const RemovedPeer& removed : changes.removed_peers) to.merge(removed);
        for (const SwarmRecord& record : changes.swarms) to.merge(record, number, now);
        for (const PeerRecord& record : changes.peers) to.merge(record, now);
        return changes.size();
    }
    std::vector<PeerView> peers(const SwarmTable& table) const {
        return table.peers(hash(), now, {PeerFilter::kAll, std::nullopt, 0, 100}).peers;
    }
    void exchange() {
        while (tell(*one, 1, *two) + tell(*two, 2, *one) > 0) {
        }
    }

    UnixSeconds now = kStart;
    std::unique_ptr<SwarmTable> one = make(1);
    std::unique_ptr<SwarmTable> two = make(2);
};

TEST_F(MergeTest, EachHandsOutTheOthersPeers) {
    announce(*one, 1, 0);
    announce(*two, 2, 100);
    exchange();
    for (SwarmTable* table : {one.get(), two.get()}) {
        EXPECT_EQ(table->scrape(hash()).complete, 1u);
        EXPECT_EQ(table->scrape(hash()).incomplete, 1u);
        const AnnounceAnswer answer = announce(*table, 3, 100);
        EXPECT_EQ(answer.peers.size(), 2u);
        announce(*table, 3, 100, Event::kStopped);
    }
}

TEST_F(MergeTest, AHostThatAnnouncesToBothIsOnePeer) {
    announce(*one, 1, 100);
    announce(*two, 1, 100);
    exchange();
    now += 30;
    announce(*two, 1, 50);
    exchange();
    EXPECT_EQ(one->scrape(hash()).incomplete, 1u);
    EXPECT_EQ(two->scrape(hash()).incomplete, 1u);
    EXPECT_EQ(peers(*one).at(0).left, 50u);
}

TEST_F(MergeTest, WhatWasHeardIsNotToldAgain) {
    announce(*one, 1, 100);
    EXPECT_EQ(tell(*one, 1, *two), 2u) << "its swarm and the peer";
    EXPECT_EQ(tell(*two, 2, *one), 0u);
    announce(*one, 1, 100);
    EXPECT_EQ(tell(*one, 1, *two), 0u) << "the same once more";
    two->share_all();
    EXPECT_EQ(tell(*two, 2, *one), 2u);
}

TEST_F(MergeTest, AStopIsHeardEverywhere) {
    announce(*one, 1, 100);
    announce(*one, 2, 100);
    exchange();
    announce(*two, 1, 100, Event::kStopped);
    exchange();
    EXPECT_EQ(one->scrape(hash()).incomplete, 1u);
    EXPECT_EQ(two->scrape(hash()).incomplete, 1u);
}

TEST_F(MergeTest, AReportThatComesBehindAStopDoesNotBringThePeerBack) {
    announce(*one, 1, 100);
    exchange();
    now += 30;
    announce(*one, 1, 50);
    announce(*two, 1, 100, Event::kStopped);
    Changes late;
    one->unshared().take_changes(late);
    ASSERT_EQ(late.peers.size(), 1u);
    two->merge(late.peers[0], now);
    EXPECT_EQ(two->scrape(hash()).incomplete, 1u) << "it cannot know better yet";
    exchange();
    EXPECT_EQ(one->scrape(hash()).incomplete, 0u);
    EXPECT_EQ(two->scrape(hash()).incomplete, 0u);
}

TEST_F(MergeTest, OldNewsChangesNothing) {
    announce(*one, 1, 100);
    exchange();
    now += 60;
    announce(*two, 1, 10);
    PeerRecord old;
    old.info_hash = hash();
    old.contact = announce(*two, 9, 5).peers.at(0);
    old.left = 100;
    old.left_known = true;
    old.last_seen = now - 60;
    old.lifetime = 75;
    two->merge(old, now);
    RemovedPeer removed;
    removed.info_hash = hash();
    removed.contact = old.contact;
    removed.last_seen = now - 1;
    two->merge(removed);
    EXPECT_EQ(peers(*two).size(), 2u);
    exchange();
    bool found = false;
    for (const PeerView& peer : peers(*one)) found |= peer.left == 10u;
    EXPECT_TRUE(found) << "who was removed by mistake is told again";
}

// A load balancer sends a host's announces to one tracker and the other, mostly within the same second.
TEST_F(MergeTest, OfTwoReportsOfOneSecondTheOneThatIsFurtherAlongCountsAtBoth) {
    announce(*one, 1, 100);
    exchange();
    now += 10;
    announce(*two, 1, 50);
    announce(*one, 1, 0, Event::kCompleted);
    Changes from_one;
    one->unshared().take_changes(from_one);
    tell(*two, 2, *one);  // it left before the other one's arrived
    ASSERT_EQ(from_one.peers.size(), 1u);
    two->merge(from_one.peers[0], now);
    EXPECT_EQ(one->scrape(hash()).complete, 1u);
    EXPECT_EQ(two->scrape(hash()).complete, 1u);
    Changes again;
    one->unshared().take_changes(again);
    ASSERT_EQ(again.peers.size(), 1u) << "the older report may be what Redis holds";
    EXPECT_EQ(again.peers[0].left, 0u);
}

TEST_F(MergeTest, OfTwoReportsOfOneSecondTheOneWithLessLeftCountsAtBoth) {
    announce(*one, 1, 100);
    exchange();
    now += 10;
    announce(*one, 1, 40);
    announce(*two, 1, 50);
    exchange();
    for (SwarmTable* table : {one.get(), two.get()}) {
        ASSERT_EQ(peers(*table).size(), 1u);
        EXPECT_EQ(peers(*table)[0].left, 40u);
    }
}

TEST_F(MergeTest, WhatOneTrackerHeardTwiceInASecondComesInOrder) {
    announce(*one, 1, 0);  // as aria2 does, which says so before it has the metadata
    exchange();
    announce(*one, 1, 100);
    exchange();
    EXPECT_EQ(two->scrape(hash()).complete, 0u);
    EXPECT_EQ(two->scrape(hash()).incomplete, 1u);
}

TEST_F(MergeTest, WhatArrivesBehindLaterNewsIsNotLeftInRedis) {
    announce(*one, 1, 100);
    exchange();
    now += 10;
    announce(*two, 1, 50);
    Changes late;
    two->unshared().take_changes(late);
    ASSERT_EQ(late.peers.size(), 1u);
    now += 10;
    announce(*one, 1, 0);
    exchange();
    one->merge(late.peers[0], now);
    EXPECT_EQ(one->scrape(hash()).complete, 1u);
    EXPECT_EQ(tell(*one, 1, *two), 1u);
    one->merge(late.peers[0], now);
    EXPECT_EQ(tell(*one, 1, *two), 1u);
    EXPECT_EQ(tell(*two, 2, *one), 0u) << "it is not passed on and back";
}

TEST_F(MergeTest, PeersExpireEverywhere) {
    announce(*one, 1, 100);
    exchange();
    now += 200;
    for (int i = 0; i < 64; ++i) two->sweep(now);
    EXPECT_EQ(two->scrape(hash()).incomplete, 0u);
}

TEST_F(MergeTest, ARestartedClientTakesItsPlaceEverywhere) {
    announce(*one, 1, 100);
    exchange();
    now += 10;
    AnnounceRequest request;
    request.info_hash = hash();
    request.peer_id = *PeerId::from_bytes("-SH0001-zzzzzzzzzzzz");
    request.left = 100;
    PeerContact contact;
    contact.peer_id = request.peer_id;
    contact.set(IpAddress::v4({10, 0, 0, 1}), 6881);
    AnnounceAnswer answer;
    EXPECT_FALSE(two->announce(request, contact, now, answer));
    exchange();
    EXPECT_EQ(one->scrape(hash()).incomplete, 1u);
    EXPECT_EQ(two->scrape(hash()).incomplete, 1u);
}

TEST_F(MergeTest, CompletionsAddUpAndCountOnce) {
    announce(*one, 1, 100);
    announce(*one, 2, 100);
    exchange();
    announce(*one, 1, 0, Event::kCompleted);
    announce(*two, 2, 0, Event::kCompleted);
    exchange();
    EXPECT_EQ(one->scrape(hash()).downloaded, 2u);
    EXPECT_EQ(two->scrape(hash()).downloaded, 2u);
    announce(*two, 1, 0, Event::kCompleted);
    exchange();
    EXPECT_EQ(two->scrape(hash()).downloaded, 2u) << "the other tracker had counted it";
}

TEST_F(MergeTest, ACompletionSaidToBothAtOnceCountsOnce) {
    announce(*one, 1, 100);
    exchange();
    now += 5;
    announce(*one, 1, 0, Event::kCompleted);
    announce(*two, 1, 0, Event::kCompleted);
    exchange();
    EXPECT_EQ(one->scrape(hash()).downloaded, 1u);
    EXPECT_EQ(two->scrape(hash()).downloaded, 1u);
}

TEST_F(MergeTest, ACompletionSaidToBothCountsOnceAlsoWhereThePeerLeavesAtOnce) {
    // Whichever tracker hears the stop, whichever is told first, and where both hear it.
    int host = 0;
    for (const bool one_first : {true, false}) {
        for (const auto& stopped :
             std::vector<std::vector<SwarmTable*>>{{one.get()}, {two.get()}, {one.get(), two.get()}}) {
            ++host;
            announce(*one, host, 100);
            exchange();
            const std::uint32_t before = one->scrape(hash()).downloaded;
            announce(*one, host, 0, Event::kCompleted);
            announce(*two, host, 0, Event::kCompleted);
            for (SwarmTable* table : stopped) announce(*table, host, 0, Event::kStopped);
            if (!one_first) tell(*two, 2, *one);
            exchange();
            const testing::Message where = testing::Message() << "host " << host;
            EXPECT_EQ(one->scrape(hash()).downloaded, before + 1) << where;
            EXPECT_EQ(two->scrape(hash()).downloaded, before + 1) << where;
            EXPECT_EQ(one->scrape(hash()).complete, 0u) << where;
            EXPECT_EQ(two->scrape(hash()).complete, 0u) << where;
        }
    }
}

TEST_F(MergeTest, ACompletionSaidToBothOnTheWayCountsOnce) {
    // Each tracker's report is on its way while the other one hears the stop.
    announce(*one, 1, 100);
    exchange();
    announce(*one, 1, 0, Event::kCompleted);
    announce(*two, 1, 0, Event::kCompleted);
    Changes of_one;
    Changes of_two;
    one->unshared().take_changes(of_one);
    two->unshared().take_changes(of_two);
    announce(*one, 1, 0, Event::kStopped);
    announce(*two, 1, 0, Event::kStopped);
    for (const SwarmRecord& record : of_one.swarms) two->merge(record, 1, now);
    for (const PeerRecord& record : of_one.peers) two->merge(record, now);
    for (const SwarmRecord& record : of_two.swarms) one->merge(record, 2, now);
    for (const PeerRecord& record : of_two.peers) one->merge(record, now);
    exchange();
    EXPECT_EQ(one->scrape(hash()).downloaded, 1u);
    EXPECT_EQ(two->scrape(hash()).downloaded, 1u);
    EXPECT_EQ(one->scrape(hash()).complete, 0u);
    EXPECT_EQ(two->scrape(hash()).complete, 0u);
}

TEST_F(MergeTest, ACompletionThatAKilledTrackerKeptToItselfIsCountedByAnother) {
    for (int host = 1; host <= 4; ++host) announce(*one, host, 100);
    exchange();
    // Tracker one hears of all completions, and is killed before it tells.
    announce(*two, 1, 0);
    announce(*two, 1, 0);
    announce(*two, 1, 0, Event::kCompleted);
    EXPECT_EQ(two->scrape(hash()).downloaded, 1u) << "once, whatever the host says next";
    announce(*two, 2, 0, Event::kStopped);
    EXPECT_EQ(two->scrape(hash()).downloaded, 2u);
    announce(*two, 3, 0, Event::kStarted);
    EXPECT_EQ(two->scrape(hash()).downloaded, 2u) << "a client that begins may have got it elsewhere";
    announce(*two, 4, 50);
    announce(*two, 5, 0);
    EXPECT_EQ(two->scrape(hash()).downloaded, 2u);
}

TEST_F(MergeTest, ACompletionThatIsStillOnItsWayCountsOnce) {
    int host = 0;
    for (const Event next : {Event::kNone, Event::kStopped}) {
        for (SwarmTable* first : {one.get(), two.get()}) {
            for (const bool one_tells_first : {true, false}) {
                ++host;
                announce(*one, host, 100);
                exchange();
                const std::uint32_t before = one->scrape(hash()).downloaded;
                announce(*first, host, 0, Event::kCompleted);
                announce(first == one.get() ? *two : *one, host, 0, next);
                if (!one_tells_first) tell(*two, 2, *one);
                exchange();
                EXPECT_EQ(one->scrape(hash()).downloaded, before + 1) << "host " << host;
                EXPECT_EQ(two->scrape(hash()).downloaded, before + 1) << "host " << host;
            }
        }
    }
}

TEST_F(MergeTest, AnOldReportStillSaysThatAPeerWasCounted) {
    announce(*one, 1, 100);
    exchange();
    announce(*one, 1, 0, Event::kCompleted);
    Changes late;
    one->unshared().take_changes(late);
    now += 10;
    announce(*two, 1, 100);  // from before: that tracker's clock is ahead
    for (const SwarmRecord& record : late.swarms) two->merge(record, 1, now);
    ASSERT_EQ(late.peers.size(), 1u);
    two->merge(late.peers[0], now);
    announce(*two, 1, 0);
    EXPECT_EQ(two->scrape(hash()).downloaded, 1u);
}

TEST(Merge, ATrackerThatSharesWithNoneCountsWhatItIsTold) {
    SwarmTable alone({}, [] { return std::uint64_t{7}; });
    AnnounceRequest request;
    request.info_hash = hash();
    request.peer_id = *PeerId::from_bytes("-SH0001-bbbbbbbbbbbb");
    PeerContact contact;
    contact.peer_id = request.peer_id;
    contact.set(IpAddress::v4({10, 0, 0, 1}), 6881);
    AnnounceAnswer answer;
    for (const std::uint64_t left : {std::uint64_t{100}, std::uint64_t{0}}) {
        request.left = left;
        EXPECT_FALSE(alone.announce(request, contact, kStart, answer));
    }
    EXPECT_EQ(alone.scrape(hash()).downloaded, 0u);
}

TEST_F(MergeTest, RemovalsThatWaitForRedisAreBounded) {
    constexpr int kHosts = 20'000;
    constexpr std::size_t kMost = 16'384;  // of one swarm
    for (int host = 1; host <= kHosts; ++host) {
        announce(*one, host, 100);
        announce(*one, host, 100, Event::kStopped);
    }
    Changes changes;
    one->unshared().take_changes(changes);
    ASSERT_EQ(changes.removed_peers.size(), kMost);
    EXPECT_EQ(changes.removed_peers.back().contact.peer_id,
              *PeerId::from_bytes("-SH0001-" + std::to_string(100'000'000'000 + kHosts)))
        << "the latest ones are kept: the others' time is over first";
}

TEST_F(MergeTest, CountsOfADatabaseGiveWayToThoseInRedis) {
    SwarmRecord old;
    old.number = hash().bytes.back() % 64u;
    old.info_hash = hash();
    old.completed = 10;
    one->restore(old);
    one->finish_restore();
    EXPECT_EQ(one->scrape(hash()).downloaded, 10u);
    SwarmRecord record;
    record.info_hash = hash();
    record.counts = {{5, 7}, {6, 4}};
    one->merge(record, std::nullopt, now);
    EXPECT_EQ(one->scrape(hash()).downloaded, 11u);
}

TEST_F(MergeTest, TheLaterWordOfARegistrationCounts) {
    one->register_torrent(hash(), "name", 9, now);
    exchange();
    EXPECT_EQ(two->swarm(hash(), now)->name, "name");
    now += 1;
    EXPECT_TRUE(two->unregister_torrent(hash(), now));
    Changes changes;
    two->unshared().take_changes(changes);
    ASSERT_EQ(changes.swarms.size(), 1u);
    EXPECT_EQ(one->merge(changes.swarms[0], 2, now), false);
    EXPECT_EQ(one->swarm(hash(), now)->name, "");
    EXPECT_FALSE(one->merge(changes.swarms[0], 2, now).has_value()) << "no news";
}

}  // namespace
}  // namespace shoal::tracker
