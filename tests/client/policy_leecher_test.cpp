#include "client/swarm/policy/leecher.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;

TEST(OriginLink, SwallowsTheFirstHaveAllOnly) {
    OriginLink link(true, TimePoint{});
    EXPECT_TRUE(link.keep());
    EXPECT_TRUE(link.swallow_have_all());
    EXPECT_TRUE(link.keep()) << "still rationed, and looks uninteresting";
    EXPECT_TRUE(link.swallow_shortcuts());
    EXPECT_FALSE(link.swallow_have_all()) << "the release";
    EXPECT_FALSE(link.keep());
    EXPECT_FALSE(link.swallow_shortcuts());
}

TEST(OriginLink, LeavesStandardSeedsAlone) {
    OriginLink link(false, TimePoint{});
    EXPECT_FALSE(link.swallow_have_all());
    EXPECT_FALSE(link.keep());
}

TEST(OriginLink, DistrustsAnOriginThatShowsNothingWhileNothingElseArrives) {
    const TimePoint start{};
    OriginLink link(true, start);
    EXPECT_FALSE(link.distrust(start + 44s, start));
    EXPECT_TRUE(link.distrust(start + 45s, start));
    EXPECT_FALSE(link.distrust(start + 45s, start + 30s)) << "the swarm feeds us";
    link.heard(start + 40s);
    EXPECT_FALSE(link.distrust(start + 60s, start));
    link.swallow_have_all();
    link.swallow_have_all();
    EXPECT_FALSE(link.distrust(start + 1h, start)) << "released";
}

TEST(UnchokeSlots, ServesEverybodyUntilTheLinkIsFull) {
    UnchokeSlots slots;
    EXPECT_EQ(slots.slots(), 64U);
    for (int n = 0; n < 20; ++n) slots.sample({1e6 * (1 + n), 30});
    EXPECT_LT(slots.slots(), 30U) << "a rising rate is a full link each time";
}

TEST(UnchokeSlots, ConcentratesAFullLink) {
    UnchokeSlots slots;
    for (int n = 0; n < 60; ++n) slots.sample({1e6, 30});
    EXPECT_EQ(slots.slots(), 4U);
}

TEST(UnchokeSlots, WidensAgainWhenTheLinkIdles) {
    UnchokeSlots slots;
    for (int n = 0; n < 60; ++n) slots.sample({1e6, 30});
    for (int n = 0; n < 10; ++n) slots.sample({0.5e6, 30});
    EXPECT_GT(slots.slots(), 10U);
}

TEST(UnchokeSlots, DoesNotWidenForPeersThatWantNothing) {
    UnchokeSlots slots;
    for (int n = 0; n < 60; ++n) slots.sample({1e6, 30});
    for (int n = 0; n < 10; ++n) slots.sample({0.5e6, 3});
    EXPECT_EQ(slots.slots(), 4U);
}

TEST(UnchokeSlots, ForgetsABurst) {
    UnchokeSlots slots;
    slots.sample({1e7, 30});
    for (int n = 0; n < 300; ++n) slots.sample({1e6, 30});
    EXPECT_EQ(slots.slots(), 4U) << "1 MB/s is all the link has";
}

TEST(UnchokeSlots, DecidesNothingBeforeAnythingMoved) {
    UnchokeSlots slots;
    for (int n = 0; n < 60; ++n) slots.sample({0, 30});
    EXPECT_EQ(slots.slots(), 64U);
}

TEST(Connections, StayAboveTheConnectednessOfARandomGraphAndFewEnoughToFill) {
    for (const std::uint32_t hosts : {10U, 100U, 1000U, 10'000U, 100'000U, 10'000'000U}) {
        EXPECT_GT(connections_wanted(hosts), std::log(hosts));
        EXPECT_LE(connections_wanted(hosts), 60U);
    }
    EXPECT_EQ(connections_wanted(0), 30U) << "a guess that fits any fleet";
    EXPECT_LE(connections_wanted(1000), 30U);
}

}  // namespace
}  // namespace shoal::policy
