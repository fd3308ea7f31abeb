#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "client/swarm/policy/standard_share.hpp"

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::uint32_t kPiece = 1 << 20;
using Change = StandardShare::Change;

class StandardShareTest : public testing::Test {
  protected:
    void join(int peers) {
        for (PeerId peer = 1; peer <= static_cast<PeerId>(peers); ++peer) share.joined(peer, now);
    }
    /// And what followed from it is forgotten.
    void limit() {
        share.limit(now);
        (void)share.take_changes();
    }

    StandardShare share{kPiece};
    TimePoint now{1h};
};

TEST_F(StandardShareTest, LimitsNothingAtFirst) {
    join(2);
    share.sent(1, 100 * kPiece, now);
    share.tick(now + 1min);
    EXPECT_TRUE(share.asks(1, now));
    EXPECT_TRUE(share.asks(2, now));
    EXPECT_THAT(share.take_changes(), IsEmpty());
}

TEST_F(StandardShareTest, LetsOneAskAtATime) {
    join(3);
    share.limit(now);
    EXPECT_THAT(share.take_changes(), UnorderedElementsAre(Change{2, false}, Change{3, false}));
    EXPECT_TRUE(share.asks(1, now));
    EXPECT_FALSE(share.asks(2, now));
    EXPECT_FALSE(share.asks(3, now));
}

TEST_F(StandardShareTest, PassesTheTurnOnAfterAPiece) {
    join(2);
    limit();
    share.sent(1, kPiece / 2, now);
    EXPECT_THAT(share.take_changes(), IsEmpty());
    share.sent(1, kPiece / 2, now);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{1, false}, Change{2, true}));
    share.sent(2, kPiece, now);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{2, false}, Change{1, true}));
}

TEST_F(StandardShareTest, DoesNotInterruptWhoIsAlone) {
    join(1);
    limit();
    share.sent(1, 3 * kPiece, now);
    EXPECT_THAT(share.take_changes(), IsEmpty());
    EXPECT_TRUE(share.asks(1, now));
}

TEST_F(StandardShareTest, EndsWithTheShareAndGoesOnWhenHalfOfItIsEarned) {
    join(2);
    limit();
    for (int n = 0; n < 4; ++n) share.sent(n % 2 == 0 ? 1 : 2, kPiece, now);
    EXPECT_FALSE(share.asks(1, now));
    EXPECT_FALSE(share.asks(2, now));
    share.earned(2 * kPiece, now);
    EXPECT_FALSE(share.asks(1, now));
    (void)share.take_changes();
    share.earned(1, now);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{1, true}));
}

TEST_F(StandardShareTest, SavesUpNoMoreThanFourPieces) {
    join(1);
    limit();
    share.earned(100 * kPiece, now);
    share.sent(1, 4 * kPiece, now);
    EXPECT_FALSE(share.asks(1, now));
}

TEST_F(StandardShareTest, EndsTheTurnOfWhoAsksForNothing) {
    join(2);
    limit();
    share.tick(now + 1s);
    EXPECT_THAT(share.take_changes(), IsEmpty());
    share.tick(now + 2s);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{1, false}, Change{2, true}));
    // The other one goes on alone, since the first one rests ...
    share.sent(2, kPiece, now + 3s);
    EXPECT_THAT(share.take_changes(), IsEmpty());
    // ... until it asks.
    EXPECT_FALSE(share.asks(1, now + 4s));
    share.sent(2, kPiece, now + 4s);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{2, false}, Change{1, true}));
}

TEST_F(StandardShareTest, KeepsTheTurnOfWhoAsksNowAndThen) {
    join(2);
    limit();
    for (int n = 0; n < 10; ++n) {
        now += 1s;
        EXPECT_TRUE(share.asks(1, now));
        share.tick(now);
    }
    EXPECT_THAT(share.take_changes(), IsEmpty());
}

TEST_F(StandardShareTest, PassesOverWhoIsComplete) {
    join(3);
    limit();
    share.complete(2, now);
    share.sent(1, kPiece, now);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{1, false}, Change{3, true}));
    share.complete(3, now);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{3, false}, Change{1, true}));
}

TEST_F(StandardShareTest, PassesTheTurnOnWhenAPeerLeaves) {
    join(2);
    limit();
    share.left(1, now);
    EXPECT_THAT(share.take_changes(), ElementsAre(Change{2, true}));
    share.left(2, now);
    share.joined(3, now);
    EXPECT_TRUE(share.asks(3, now));
}

TEST_F(StandardShareTest, LetsEverybodyAskAgainAtTheEnd) {
    join(3);
    limit();
    share.sent(1, 4 * kPiece, now);
    (void)share.take_changes();
    share.unlimit();
    EXPECT_THAT(share.take_changes(),
                UnorderedElementsAre(Change{1, true}, Change{2, true}, Change{3, true}));
    share.joined(4, now);
    EXPECT_TRUE(share.asks(4, now));
}

}  // namespace
}  // namespace shoal::policy
