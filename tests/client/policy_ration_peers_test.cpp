#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/client/ration_origin.hpp"

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Ration, PutsADeadPeersPiecesBack) {
    Origin origin(64, 2);
    origin.join(1);
    origin.join(2);
    const PieceIndex under_way = *origin.shown[2].begin();
    origin.leave(2);
    EXPECT_EQ(origin.shown_in_all(), 1U);
    const PieceIndex passed_on = origin.finish_one(1);
    EXPECT_EQ(origin.shown[1].count(under_way), 1U) << "what is late goes first";
    EXPECT_EQ(origin.ration.status().safe, 1U);
    origin.leave(1);
    EXPECT_EQ(origin.ration.status().safe, 0U) << "its only holder is gone";
    origin.join(3);
    EXPECT_EQ(origin.shown[3].count(under_way) + origin.shown[3].count(passed_on), 1U);
}

/// Three peers that finish a piece a second, until one of them loses its power.
class AfterAPowerCut : public testing::Test {
  protected:
    void SetUp() override {
        for (PeerId peer = 1; peer <= 3; ++peer) origin_.join(peer);
        go_on(12, {1, 2, 3});
        ASSERT_EQ(origin_.ration.status().safe, 36U);
        ASSERT_FALSE(origin_.shown[1].empty());
    }
    void go_on(int seconds, const std::vector<PeerId>& peers) {
        for (int second = 0; second < seconds; ++second) {
            for (const PeerId peer : peers) {
                if (!origin_.shown[peer].empty()) origin_.finish_one(peer);
            }
            origin_.after(1s);
        }
    }
    [[nodiscard]] int offered_twice() const {
        return static_cast<int>(std::count_if(origin_.offers.begin(), origin_.offers.end(),
                                              [](const auto& offer) { return offer.second > 1; }));
    }

    Origin origin_{512, 6};
    static constexpr int kIts = 12;  ///< pieces that only the first peer had
};

TEST_F(AfterAPowerCut, HandsOutAgainWhatOnlyTheSilentPeerHad) {
    go_on(9, {2, 3});
    EXPECT_EQ(offered_twice(), 2) << "so far only what it never asked for";
    go_on(20, {2, 3});
    EXPECT_THAT(origin_.shown[1], IsEmpty());
    EXPECT_GE(offered_twice(), kIts + 2);
}

TEST_F(AfterAPowerCut, BelievesThePeerAgainWhenItSpeaks) {
    std::uint32_t with = origin_.ration.status().safe;
    std::uint32_t without = with;
    for (int second = 0; second < 30 && without >= with; ++second) {
        with = origin_.ration.status().safe;
        go_on(1, {2, 3});
        without = origin_.ration.status().safe;
    }
    ASSERT_LT(without, with) << "what only it had no longer counts";
    EXPECT_EQ(origin_.ration.request(1, 0, origin_.now), Ration::Answer::kNo);
    EXPECT_GE(origin_.ration.status().safe, with) << "it is there again, and so is what it has";
    bool served = false;
    for (int second = 0; second < 60 && !served; ++second) {
        go_on(1, {2, 3});
        EXPECT_EQ(origin_.ration.request(1, 0, origin_.now), Ration::Answer::kNo);
        served = !origin_.shown[1].empty();
    }
    EXPECT_TRUE(served) << "after the rest that it got for what it never asked for";
}

TEST_F(AfterAPowerCut, WaitsForEverybodyWhereNobodySpeaks) {
    origin_.after(29s);
    EXPECT_EQ(origin_.ration.status().safe, 36U);
}

TEST_F(AfterAPowerCut, DoesNotTakeABitfieldForAConversation) {
    origin_.join(4);
    std::vector<PieceIndex> bitfield(400);
    std::iota(bitfield.begin(), bitfield.end(), PieceIndex{100});
    origin_.ration.peer_has(4, bitfield, origin_.now);
    origin_.settle();
    origin_.after(11s);
    EXPECT_EQ(origin_.ration.status().safe, 36U) << "one message, whatever it says";
}

TEST(Ration, KeepsAPieceThatSomebodyElseHolds) {
    Origin origin(64, 2);
    origin.join(1);
    origin.join(2);
    const PieceIndex piece = origin.finish_one(1);
    origin.claim(2, piece);
    origin.leave(1);
    EXPECT_EQ(origin.ration.status().safe, 1U);
    EXPECT_EQ(origin.offers[piece], 1);
}

TEST(Ration, BelievesARejoinedPeerOnlyInTheEnd) {
    Origin origin(8, 1);
    origin.join(1);
    for (PieceIndex piece = 0; piece < 4; ++piece) origin.claim(1, piece);
    origin.join(2);
    std::vector<PieceIndex> order;
    for (int n = 0; n < 100 && !origin.ration.released(); ++n) {
        for (PeerId peer = 1; peer <= 2; ++peer) {
            if (!origin.shown[peer].empty()) order.push_back(origin.finish_one(peer));
        }
    }
    EXPECT_TRUE(origin.ration.released());
    ASSERT_EQ(order.size(), 8U);
    EXPECT_TRUE(std::all_of(order.begin() + 5, order.end(), [](PieceIndex piece) { return piece < 4; }))
        << "what one peer claims without proof comes last";
}

TEST(Ration, ALiarWhoClaimsEverythingStarvesNobody) {
    Origin origin(32, 4);
    origin.join(66);
    origin.ration.peer_has_all(66, origin.now);
    origin.settle();
    origin.join(1);
    origin.join(2);
    EXPECT_EQ(origin.ration.status().safe, 0U);
    for (int n = 0; n < 100 && !origin.ration.released(); ++n) {
        for (PeerId peer = 1; peer <= 2; ++peer) {
            if (!origin.shown[peer].empty()) origin.finish_one(peer);
        }
    }
    EXPECT_TRUE(origin.ration.released());
    EXPECT_EQ(origin.offers.size(), 32U) << "each piece went to an honest peer too";
}

TEST(Ration, AClaimWithoutTheBytesFreesThePlaceButProvesNothing) {
    Origin origin(64, 1);
    origin.join(66);
    const PieceIndex piece = *origin.shown[66].begin();
    origin.claim(66, piece);
    EXPECT_EQ(origin.ration.status().safe, 0U);
    EXPECT_EQ(origin.shown_in_all(), 1U) << "the next one is out";
}

TEST(Ration, RefusesWhatAPeerWasNotShown) {
    Origin origin(64, 1);
    origin.join(1);
    origin.join(2);
    const PieceIndex piece = *origin.shown[1].begin();
    EXPECT_EQ(origin.ration.request(1, piece, origin.now), Ration::Answer::kYes);
    EXPECT_EQ(origin.ration.request(2, piece, origin.now), Ration::Answer::kNo);
    EXPECT_EQ(origin.ration.request(1, (piece + 1) % 64, origin.now), Ration::Answer::kNo);
}

TEST(Ration, EndsAPeerThatAsksForTheSamePieceForEver) {
    Origin origin(64, 1);
    origin.join(66);
    const PieceIndex piece = *origin.shown[66].begin();
    std::uint64_t served = 0;
    while (origin.ration.request(66, piece, origin.now) == Ration::Answer::kYes) {
        origin.ration.sent(66, piece, kBlock, origin.now);
        served += kBlock;
        ASSERT_LT(served, 10ULL * kPieceSize);
    }
    EXPECT_LE(served, 2ULL * kPieceSize + kBlock);
}

TEST(Ration, PrefersPeersThatAreNotSlow) {
    Origin origin(256, 2);
    for (PeerId peer = 1; peer <= 4; ++peer) origin.join(peer);
    std::map<PeerId, int> finished;
    std::map<PeerId, TimePoint> shown_at;
    for (int step = 0; step < 400 && !origin.ration.released(); ++step) {
        origin.now += 100ms;
        for (PeerId peer = 1; peer <= 4; ++peer) {
            if (origin.shown[peer].empty()) {
                shown_at.erase(peer);
                continue;
            }
            shown_at.try_emplace(peer, origin.now);
            const Duration needs = peer == 4 ? 900ms : 100ms;
            if (origin.now - shown_at[peer] < needs) continue;
            origin.finish_one(peer);
            ++finished[peer];
            shown_at.erase(peer);
        }
    }
    EXPECT_GT(finished[1], 10 * finished[4]);
    EXPECT_GE(finished[4], 2);
}

TEST(Ration, GivesStandardPeersTheirShareUntilTheRelease) {
    Origin origin(256, 4);
    for (PeerId peer = 1; peer <= 3; ++peer) origin.join(peer);
    origin.join(50, Ration::Kind::kStandard);
    std::uint64_t standard = 0;
    PieceIndex wanted = 0;
    for (int round = 0; round < 200 && !origin.ration.released(); ++round) {
        // It asks without pause, as a fast client does.
        for (int n = 0; n < 64 && origin.choked.empty(); ++n) {
            wanted = static_cast<PieceIndex>(standard / kPieceSize % 256);
            ASSERT_EQ(origin.ration.request(50, wanted, origin.now), Ration::Answer::kYes);
            origin.ration.sent(50, wanted, kBlock, origin.now);
            standard += kBlock;
            origin.settle();
            if (standard % kPieceSize == 0) origin.claim(50, wanted);
        }
        for (PeerId peer = 1; peer <= 3; ++peer) {
            if (!origin.shown[peer].empty()) origin.finish_one(peer);
        }
        origin.after(100ms);
    }
    const std::uint64_t shoal = origin.ration.status().bytes_sent - standard;
    EXPECT_GT(standard, shoal / 6);
    EXPECT_LT(standard, shoal / 3 + (2U << 20)) << "a third of what three peers get, and the burst";
    EXPECT_TRUE(origin.ration.released());
    EXPECT_THAT(origin.choked, IsEmpty());
}

TEST(Ration, CountsWhatAStandardPeerAsksForAsHandedOut) {
    Origin origin(64, 2);
    origin.join(50, Ration::Kind::kStandard);
    for (PieceIndex piece = 0; piece < 64; ++piece) {
        if (piece != 7) {
            ASSERT_EQ(origin.ration.request(50, piece, origin.now), Ration::Answer::kYes);
        }
    }
    origin.join(1);
    EXPECT_THAT(origin.shown[1], ElementsAre(7));
    origin.finish_one(1);
    EXPECT_TRUE(origin.shown[1].empty());
    EXPECT_FALSE(origin.ration.released());
    origin.after(10s);
    origin.after(60s);
    EXPECT_FALSE(origin.shown[1].empty()) << "it never took them, so they are anybody's";
}

TEST(Ration, IsAPlainSeedForStandardPeersAlone) {
    Origin origin(64, 2);
    origin.join(50, Ration::Kind::kStandard);
    for (PieceIndex piece = 0; piece < 64; ++piece) {
        ASSERT_EQ(origin.ration.request(50, piece, origin.now), Ration::Answer::kYes);
        origin.ration.sent(50, piece, kPieceSize, origin.now);
    }
    origin.settle();
    EXPECT_THAT(origin.choked, IsEmpty());
}

TEST(Ration, SeveralOriginsDivideThePieces) {
    Origin first(256, 4, 11);
    Origin second(256, 4, 22);
    for (auto* origin : {&first, &second}) {
        for (PeerId peer = 1; peer <= 4; ++peer) origin->join(peer);
    }
    first.ration.origins_reported(1, {22}, first.now);
    second.ration.origins_reported(1, {11}, second.now);
    EXPECT_EQ(first.ration.status().origins, 2U);
    for (int n = 0; n < 1000 && !(first.ration.released() && second.ration.released()); ++n) {
        for (PeerId peer = 1; peer <= 4; ++peer) {
            for (auto* origin : {&first, &second}) {
                if (origin->shown[peer].empty()) continue;
                const PieceIndex piece = origin->finish_one(peer);
                // Leechers are connected with both, so both hear of it, from two peers before long.
                for (auto* other : {&first, &second}) {
                    other->claim(peer, piece);
                    other->claim(peer % 4 + 1, piece);
                }
            }
        }
    }
    const std::uint64_t sent = first.ration.status().bytes_sent + second.ration.status().bytes_sent;
    EXPECT_LE(sent, 268ULL * kPieceSize) << "8 were handed out before each knew of the other";
    EXPECT_GT(first.ration.status().bytes_sent, 90ULL * kPieceSize);
    EXPECT_GT(second.ration.status().bytes_sent, 90ULL * kPieceSize);
}

TEST(Ration, AnOriginTakesOverFromOneThatLeft) {
    Origin origin(64, 4, 11);
    for (PeerId peer = 1; peer <= 4; ++peer) origin.join(peer);
    origin.ration.origins_reported(1, {22}, origin.now);
    origin.ration.origins_reported(1, {}, origin.now);
    EXPECT_EQ(origin.ration.status().origins, 1U);
    origin.ration.origins_reported(2, {22}, origin.now);
    origin.leave(2);
    EXPECT_EQ(origin.ration.status().origins, 1U);
    // Even one that is believed to be there, and sends nothing, holds nothing up.
    origin.ration.origins_reported(3, {22}, origin.now);
    for (int n = 0; n < 1000 && !origin.ration.released(); ++n) {
        for (const PeerId peer : {1U, 3U, 4U}) {
            if (!origin.shown[peer].empty()) origin.finish_one(peer);
        }
    }
    EXPECT_TRUE(origin.ration.released());
}

TEST(Ration, IgnoresPiecesAndPeersThatDoNotExist) {
    Origin origin(4, 1);
    origin.join(1);
    origin.ration.peer_has(1, 4, origin.now);
    origin.ration.peer_has(9, 0, origin.now);
    origin.ration.peer_lost(1, 99, origin.now);
    origin.ration.sent(9, 99, 1, origin.now);
    origin.ration.peer_left(9, origin.now);
    origin.ration.origins_reported(9, {5}, origin.now);
    EXPECT_EQ(origin.ration.status().safe, 0U);
    EXPECT_EQ(origin.ration.status().origins, 1U);
}

TEST(Ration, APeerThatLostAPieceNoLongerCounts) {
    Origin origin(8, 1);
    origin.join(1);
    const PieceIndex piece = origin.finish_one(1);
    EXPECT_EQ(origin.ration.status().safe, 1U);
    origin.ration.peer_lost(1, piece, origin.now);
    EXPECT_EQ(origin.ration.status().safe, 0U);
}

}  // namespace
}  // namespace shoal::policy
