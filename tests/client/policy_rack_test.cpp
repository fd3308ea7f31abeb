#include <gtest/gtest.h>

#include "client/swarm/policy/rack.hpp"

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

RackNeighbours neighbours() {
    return RackNeighbours({.connections = 14, .fewest = 2, .settled = 20s}, kStart);
}

TEST(RackNeighbours, AHostAloneInItsRackTakesEverybody) {
    RackNeighbours all = neighbours();
    for (PeerId peer = 1; peer <= 14; ++peer) all.joined(peer, false, kStart);
    EXPECT_TRUE(all.too_many().empty());
    EXPECT_EQ(all.others_wanted(), 14U);
}

TEST(RackNeighbours, EachNeighbourInTheRackReplacesTwoElsewhere) {
    RackNeighbours all = neighbours();
    for (PeerId peer = 1; peer <= 14; ++peer) all.joined(peer, false, kStart);
    all.joined(20, true, kStart);
    all.joined(21, true, kStart);
    EXPECT_EQ(all.others_wanted(), 10U);
    EXPECT_EQ(all.too_many(), (std::vector<PeerId>{11, 12, 13, 14})) << "the newest go";
}

TEST(RackNeighbours, SomeConnectionsLeaveEveryRack) {
    RackNeighbours all = neighbours();
    for (PeerId peer = 1; peer <= 40; ++peer) all.joined(peer, true, kStart);
    EXPECT_EQ(all.others_wanted(), 2U);
    all.joined(50, false, kStart);
    all.joined(51, false, kStart);
    EXPECT_TRUE(all.too_many().empty());
    all.joined(52, false, kStart);
    EXPECT_EQ(all.too_many(), (std::vector<PeerId>{52}));
}

TEST(RackNeighbours, WhoLeavesMakesRoom) {
    RackNeighbours all = neighbours();
    for (PeerId peer = 1; peer <= 7; ++peer) all.joined(peer, true, kStart);
    for (PeerId peer = 10; peer <= 12; ++peer) all.joined(peer, false, kStart);
    all.left(10);
    EXPECT_TRUE(all.too_many().empty());
    all.left(1);
    EXPECT_EQ(all.others_wanted(), 2U);
    all.left(2);
    EXPECT_EQ(all.others_wanted(), 4U) << "fewer in the rack: more elsewhere";
    all.left(99);  // never came
    EXPECT_EQ(all.others_wanted(), 4U);
}

TEST(RackNeighbours, ItLooksForTheRackUntilNobodyNewIsFound) {
    RackNeighbours all = neighbours();
    EXPECT_FALSE(all.enough(kStart + 1h)) << "nobody of the rack is known";
    all.joined(1, true, kStart + 5s);
    EXPECT_FALSE(all.enough(kStart + 24s));
    EXPECT_EQ(all.enough(kStart + 25s), 1U + 12U);
    for (PeerId peer = 2; peer <= 9; ++peer) all.joined(peer, true, kStart + 30s);
    EXPECT_FALSE(all.enough(kStart + 31s)) << "there was somebody new";
    EXPECT_EQ(all.enough(kStart + 50s), 9U + 2U);
}

TEST(RackNeighbours, APeerCountsOnce) {
    RackNeighbours all = neighbours();
    for (PeerId peer = 1; peer <= 6; ++peer) all.joined(peer, true, kStart);
    all.joined(7, false, kStart);
    all.joined(7, true, kStart);
    all.joined(8, false, kStart);
    all.joined(9, false, kStart);
    EXPECT_TRUE(all.too_many().empty());
    EXPECT_EQ(all.enough(kStart + 1min), 7U + 2U);
}

}  // namespace
}  // namespace shoal::policy
