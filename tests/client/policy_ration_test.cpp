#include "client/swarm/policy/ration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;
using What = Ration::Action::What;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kPieceSize = 64 * 1024;
constexpr std::uint32_t kBlock = 16 * 1024;

/// An origin and what it told whom; its peers do only what a test makes them do.
class Origin {
  public:
    explicit Origin(std::uint32_t pieces, std::uint32_t window = 4, OriginId self = 1)
        : layout{pieces, kPieceSize, 0}, ration(layout, self, self, options(window)) {}

    static RationOptions options(std::uint32_t window) {
        RationOptions result;
        result.window = window;
        return result;
    }

    void join(PeerId peer, Ration::Kind kind = Ration::Kind::kShoal, std::uint32_t group = 0) {
        ration.peer_joined(peer, kind, group, now);
        settle();
    }
    void leave(PeerId peer) {
        ration.peer_left(peer, now);
        shown.erase(peer);
        settle();
    }
    void send_all(PeerId peer, PieceIndex piece) {
        ASSERT_EQ(ration.request(peer, piece, now), Ration::Answer::kYes);
        for (std::uint32_t at = 0; at < kPieceSize; at += kBlock) ration.sent(peer, piece, kBlock, now);
        settle();
    }
    void claim(PeerId peer, PieceIndex piece) {
        ration.peer_has(peer, piece, now);
        shown[peer].erase(piece);
        settle();
    }
    /// The peer asks for what it was shown first, gets it, and says so.
    PieceIndex finish_one(PeerId peer) {
        const PieceIndex piece = *shown.at(peer).begin();
        send_all(peer, piece);
        claim(peer, piece);
        return piece;
    }
    void after(Duration time) {
        now += time;
        ration.tick(now);
        settle();
    }
    void settle() {
        for (const Ration::Action& action : ration.take_actions()) {
            switch (action.what) {
                case What::kOffer:
                    EXPECT_TRUE(shown[action.peer].insert(action.piece).second) << "shown twice to one peer";
                    ++offers[action.piece];
                    break;
                case What::kWithdraw:
                    EXPECT_EQ(shown[action.peer].erase(action.piece), 1U);
                    ++withdrawn;
                    break;
                case What::kRelease:
                    released_to.insert(action.peer);
                    break;
                case What::kChoke:
                    choked.insert(action.peer);
                    break;
                case What::kUnchoke:
                    choked.erase(action.peer);
                    break;
            }
        }
    }
    [[nodiscard]] std::size_t shown_in_all() const {
        std::size_t sum = 0;
        for (const auto& [peer, pieces] : shown) sum += pieces.size();
        return sum;
    }

    Layout layout;
    Ration ration;
    TimePoint now{};
    std::map<PeerId, std::set<PieceIndex>> shown;
    std::map<PieceIndex, int> offers;
    std::set<PeerId> released_to;
    std::set<PeerId> choked;
    int withdrawn = 0;
};

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
    for (int n = 0; n < 60; ++n) origin.after(1s);
    EXPECT_EQ(origin.shown[4].count(sent), 0U) << "it is not waited for for ever";
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
