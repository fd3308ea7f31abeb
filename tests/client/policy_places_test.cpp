#include "client/swarm/policy/places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace shoal::policy {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class PlacesTest : public ::testing::Test {
  protected:
    /// Each from an address of its own.
    void strangers(PeerId first, PeerId last) {
        for (PeerId peer = first; peer <= last; ++peer)
            places_.joined(peer, "10.0.0." + std::to_string(peer), now_);
    }
    Places::Verdict judge(std::uint32_t places = 10) { return places_.judge(places, now_); }

    Places places_;
    TimePoint now_{1h};
};

TEST_F(PlacesTest, EverybodyStaysWhileThereAreEnough) {
    strangers(1, 7);
    now_ += 1h;
    EXPECT_THAT(judge().go, IsEmpty());
    EXPECT_THAT(judge().block, IsEmpty());
}

TEST_F(PlacesTest, StrangersGoSoonWhereTheyHoldHalfOfThem) {
    strangers(1, 8);
    now_ += 1s;
    EXPECT_THAT(judge().go, IsEmpty());
    now_ += 1s;
    const auto verdict = judge();
    EXPECT_THAT(verdict.go, SizeIs(8));
    EXPECT_THAT(verdict.block, SizeIs(8));
    EXPECT_EQ(verdict.block.at("10.0.0.1"), 10s);
}

TEST_F(PlacesTest, WhoTakesSomethingOrIsOneOfOursStays) {
    strangers(1, 10);
    for (PeerId peer = 1; peer <= 8; ++peer) places_.belongs(peer);
    now_ += 5s;
    EXPECT_THAT(judge().go, IsEmpty());
    now_ += 1s;
    EXPECT_THAT(judge().go, UnorderedElementsAre(9u, 10u));
}

TEST_F(PlacesTest, AThousandHonestHostsOfOneAddressLoseNothing) {
    for (PeerId peer = 1; peer <= 1000; ++peer) {
        places_.joined(peer, "10.0.0.1", now_);
        places_.belongs(peer);
    }
    now_ += 1h;
    EXPECT_THAT(judge().go, IsEmpty());
}

TEST_F(PlacesTest, FewStrangersOfOneAddressAtAnyTime) {
    for (PeerId peer = 1; peer <= 8; ++peer) places_.joined(peer, "10.0.0.1", now_);
    EXPECT_THAT(judge().go, SizeIs(4));
}

TEST_F(PlacesTest, AnAddressThatTakesSomethingIsNotBlocked) {
    for (PeerId peer = 1; peer <= 8; ++peer) places_.joined(peer, "10.0.0.1", now_);
    places_.belongs(8);
    now_ += 1min;
    const auto verdict = judge();
    EXPECT_THAT(verdict.go, SizeIs(7));
    EXPECT_THAT(verdict.block, IsEmpty());
}

TEST_F(PlacesTest, WhoCouldHaveAskedIsBlockedTwiceAsLongEveryTime) {
    for (const auto expected : {10s, 20s, 40s}) {
        strangers(1, 8);
        places_.may_ask(1);
        now_ += 2s;
        const auto verdict = judge();
        EXPECT_EQ(verdict.block.at("10.0.0.1"), expected);
        EXPECT_EQ(verdict.block.at("10.0.0.2"), 10s) << "it was choked all the time";
        for (PeerId peer = 1; peer <= 8; ++peer) places_.left(peer);
    }
    EXPECT_EQ(places_.connections(), 0u);
}

TEST_F(PlacesTest, ABlockIsForgottenWhenItsAddressTakesSomething) {
    strangers(1, 8);
    places_.may_ask(1);
    now_ += 2s;
    judge();
    for (PeerId peer = 1; peer <= 8; ++peer) places_.left(peer);
    strangers(1, 8);
    places_.belongs(1);
    places_.left(1);
    strangers(1, 1);
    places_.may_ask(1);
    now_ += 2s;
    EXPECT_EQ(judge().block.at("10.0.0.1"), 10s);
}

}  // namespace
}  // namespace shoal::policy
