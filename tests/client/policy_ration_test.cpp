#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/ration_origin.hpp"

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Ration, ShowsEachPieceToOnePeerAndReleasesWhenTheSwarmHasThemAll) {
    Origin origin(64, 4);
    for (PeerId peer = 1; peer <= 5; ++peer) origin.join(peer);
    for (int round = 0; round < 1000 && !origin.ration.released(); ++round) {
        EXPECT_LE(origin.shown_in_all(), 4U) << "the window";
        for (PeerId peer = 1; peer <= 5; ++peer) {
            if (origin.shown[peer].empty()) continue;
            origin.finish_one(peer);
            origin.now += 10ms;
        }
    }
    EXPECT_TRUE(origin.ration.released());
    EXPECT_THAT(origin.released_to, ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ(origin.offers.size(), 64U);
    for (const auto& [piece, times] : origin.offers) EXPECT_EQ(times, 1) << "piece " << piece;
    EXPECT_EQ(origin.ration.status().bytes_sent, 64ULL * kPieceSize);
}

TEST(Ration, ServesTheLeastLoadedAndThenWhoeverWaitedLongest) {
    Origin origin(64, 3);
    for (PeerId peer = 1; peer <= 4; ++peer) origin.join(peer);
    EXPECT_EQ(origin.shown.count(4), 0U);
    origin.finish_one(1);
    EXPECT_EQ(origin.shown[4].size(), 1U) << "the fourth waited longest";
    EXPECT_TRUE(origin.shown[1].empty());
}

TEST(Ration, GivesANewPeerOnePieceAndAProvenOneMore) {
    Origin origin(64, 8);
    origin.join(1);
    EXPECT_EQ(origin.shown[1].size(), 1U);
    origin.finish_one(1);
    EXPECT_EQ(origin.shown[1].size(), 8U) << "alone, it gets the whole window";
}

TEST(Ration, SpreadsOverRacksBeforePeers) {
    Origin origin(64, 4);
    origin.ration.peer_joined(9, Ration::Kind::kShoal, 0, origin.now);
    for (PeerId peer = 1; peer <= 3; ++peer)
        origin.ration.peer_joined(peer, Ration::Kind::kShoal, 1, origin.now);
    for (PeerId peer = 4; peer <= 6; ++peer)
        origin.ration.peer_joined(peer, Ration::Kind::kShoal, 2, origin.now);
    origin.settle();
    // The window fills while they join: 9, 1, 2, 3. From here on the other rack is next.
    origin.finish_one(1);
    EXPECT_EQ(origin.shown[4].size(), 1U);
    origin.finish_one(2);
    EXPECT_EQ(origin.shown[5].size(), 1U);
}

TEST(Ration, TakesBackWhatWasNeverAskedFor) {
    Origin origin(64, 2);
    origin.join(1);
    origin.join(2);
    const PieceIndex stuck = *origin.shown[1].begin();
    origin.after(6s);
    EXPECT_EQ(origin.withdrawn, 2);
    EXPECT_EQ(origin.ration.status().taken_back, 2U);
    EXPECT_EQ(origin.ration.request(1, stuck, origin.now), Ration::Answer::kNo) << "no longer its own";
    EXPECT_TRUE(origin.shown[1].empty()) << "it rests";
    origin.after(3s);
    EXPECT_EQ(origin.shown[1].size(), 1U) << "and may try again";
}

TEST(Ration, TakesBackWhatOthersOvertake) {
    Origin origin(256, 4);
    for (PeerId peer = 1; peer <= 4; ++peer) origin.join(peer);
    const PieceIndex stuck = *origin.shown[4].begin();
    ASSERT_EQ(origin.ration.request(4, stuck, origin.now), Ration::Answer::kYes);
    origin.ration.sent(4, stuck, kBlock, origin.now);
    for (int n = 0; n < 12; ++n) {
        origin.now += 100ms;
        origin.finish_one(static_cast<PeerId>(1 + n % 3));
    }
    EXPECT_EQ(origin.withdrawn, 0);
    origin.after(100ms);
    EXPECT_EQ(origin.withdrawn, 1);
    EXPECT_EQ(origin.offers[stuck], 2) << "another peer has it now";
}

TEST(Ration, GoesOnWhileHavesAreOnTheirWayButNotForPeersThatNeverSendAny) {
    Origin origin(256, 2);
    for (PeerId peer = 1; peer <= 20; ++peer) origin.join(peer);
    EXPECT_EQ(origin.shown_in_all(), 2U);
    std::set<PieceIndex> sent;
    for (int n = 0; n < 10; ++n) {
        const auto shown = origin.shown;
        for (const auto& [peer, pieces] : shown) {
            for (const PieceIndex piece : pieces) {
                if (sent.insert(piece).second) origin.send_all(peer, piece);
            }
        }
        origin.after(10ms);
        EXPECT_EQ(origin.shown_in_all(), n == 0 ? 4U : 6U);
    }
}

TEST(Ration, WaitsForTheHaveOfWhatIsSent) {
    Origin origin(256, 4);
    for (PeerId peer = 1; peer <= 4; ++peer) origin.join(peer);
    const PieceIndex sent = *origin.shown[4].begin();
    origin.send_all(4, sent);
    for (int n = 0; n < 40; ++n) {
        origin.finish_one(static_cast<PeerId>(1 + n % 3));
        origin.after(250ms);
    }
    EXPECT_EQ(origin.withdrawn, 0) << "overtaken, but sending it twice would not help";
    bool taken_back = false;
    for (int n = 0; n < 60; ++n) {
        origin.after(1s);
        taken_back = taken_back || origin.shown[4].count(sent) == 0;
    }
    EXPECT_TRUE(taken_back) << "it is not waited for for ever";
}

TEST(Ration, DoesNotTakeBackWhatOnlyASlowLinkDelays) {
    Origin origin(64, 2);
    origin.join(1);
    origin.join(2);
    for (PeerId peer = 1; peer <= 2; ++peer) {
        ASSERT_EQ(origin.ration.request(peer, *origin.shown[peer].begin(), origin.now), Ration::Answer::kYes);
    }
    for (int n = 0; n < 20; ++n) origin.after(1s);
    EXPECT_EQ(origin.withdrawn, 0);
}

TEST(Ration, RestsLongerAfterEachStall) {
    Origin origin(64, 1);
    origin.join(1);
    int seconds_shown = 0;
    for (int second = 0; second < 200; ++second) {
        origin.after(1s);
        if (!origin.shown[1].empty()) ++seconds_shown;
    }
    EXPECT_GT(origin.withdrawn, 2);
    EXPECT_LT(seconds_shown, 60) << "an idle peer must not hold the window";
}

TEST(Ration, ReleasesALateJoinerAtOnce) {
    Origin origin(4, 4);
    origin.join(1);
    while (!origin.ration.released()) origin.finish_one(1);
    origin.join(2);
    EXPECT_THAT(origin.released_to, ElementsAre(1, 2));
    EXPECT_EQ(origin.ration.request(2, 3, origin.now), Ration::Answer::kYes);
}

TEST(Ration, RationsALateJoinerBeforeTheRelease) {
    Origin origin(64, 2);
    origin.join(1);
    origin.finish_one(1);
    origin.finish_one(1);
    origin.join(2);
    origin.finish_one(1);
    EXPECT_EQ(origin.shown[2].size(), 1U);
    EXPECT_THAT(origin.released_to, IsEmpty());
}

TEST(Ration, GivesUpRationingWhenNobodyFinishesAnything) {
    Origin origin(64, 2);
    origin.join(66);
    origin.join(67);
    for (int second = 0; second < 200 && !origin.ration.released(); ++second) origin.after(1s);
    EXPECT_TRUE(origin.ration.released()) << "a plain seed is the worst it may become";
}

TEST(Ration, DoesNotGiveUpWhileItWaitsForTheFirstPeer) {
    Origin origin(64, 2);
    for (int second = 0; second < 600; ++second) origin.after(1s);
    EXPECT_FALSE(origin.ration.released());
}

TEST(Ration, RepeatsTheLastPiecesWhenTheyAreLate) {
    Origin origin(8, 2);
    for (PeerId peer = 1; peer <= 3; ++peer) origin.join(peer);
    // The second peer asks and gets a block, then nothing more.
    const PieceIndex late = *origin.shown[2].begin();
    ASSERT_EQ(origin.ration.request(2, late, origin.now), Ration::Answer::kYes);
    origin.ration.sent(2, late, kBlock, origin.now);
    for (int n = 0; n < 100 && origin.ration.status().safe < 7; ++n) {
        origin.now += 100ms;
        for (const PeerId peer : {1U, 3U}) {
            if (!origin.shown[peer].empty()) origin.finish_one(peer);
        }
    }
    origin.after(500ms);
    EXPECT_EQ(origin.offers[late], 2);
    const PeerId helper = origin.shown[1].count(late) != 0 ? 1 : 3;
    origin.send_all(helper, late);
    origin.claim(helper, late);
    EXPECT_TRUE(origin.ration.released());
}

TEST(Ration, CountsALastPieceOfItsOwnSize) {
    RationOptions options;
    options.window = 4;
    Ration ration(Layout{2, kPieceSize, 100}, 1, 1, options);
    ration.peer_joined(1, Ration::Kind::kShoal, 0, TimePoint{});
    for (int n = 0; n < 2; ++n) {
        const auto actions = ration.take_actions();
        ASSERT_EQ(actions.size(), 1U);
        ration.sent(1, actions[0].piece, actions[0].piece == 1 ? 100 : kPieceSize, TimePoint{});
        ration.peer_has(1, actions[0].piece, TimePoint{});
    }
    EXPECT_TRUE(ration.released());
}

}  // namespace
}  // namespace shoal::policy
