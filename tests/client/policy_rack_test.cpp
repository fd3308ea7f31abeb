#include "client/swarm/policy/rack.hpp"

#include <gtest/gtest.h>

namespace shoal::policy {
namespace {

using namespace std::chrono_literals;
using Dialled = RackNeighbours::Dialled;

constexpr TimePoint kStart{};

class Rack : public testing::Test {
  protected:
    void mates(PeerId first, PeerId last, TimePoint at = kStart) {
        for (PeerId peer = first; peer <= last; ++peer) all.joined(peer, true, Dialled::kByThem, false, at);
    }
    void others(PeerId first, PeerId last, Dialled by) {
        for (PeerId peer = first; peer <= last; ++peer) all.joined(peer, false, by, false, kStart);
    }

    RackNeighbours all{{.connections = 14, .fewest = 1, .incoming = 3, .settled = 20s}, kStart};
};

TEST_F(Rack, AHostAloneInItsRackTakesEverybody) {
    others(1, 14, Dialled::kByUs);
    others(15, 42, Dialled::kByThem);
    EXPECT_TRUE(all.too_many().empty());
    EXPECT_EQ(all.others_wanted(), 14U);
}

TEST_F(Rack, EachNeighbourInTheRackReplacesTwoElsewhere) {
    others(1, 14, Dialled::kByUs);
    mates(20, 21);
    EXPECT_EQ(all.others_wanted(), 10U);
    EXPECT_EQ(all.too_many(), (std::vector<PeerId>{11, 12, 13, 14})) << "the newest go";
}

TEST_F(Rack, SomeConnectionsLeaveEveryRack) {
    mates(1, 40);
    EXPECT_EQ(all.others_wanted(), 1U);
    EXPECT_EQ(all.missing(), 1U);
    others(50, 50, Dialled::kByUs);
    EXPECT_EQ(all.missing(), 0U);
    EXPECT_TRUE(all.too_many().empty());
    others(51, 51, Dialled::kByUs);
    EXPECT_EQ(all.too_many(), (std::vector<PeerId>{51}));
}

TEST_F(Rack, WhoComesLateFindsRoom) {
    mates(1, 10);
    others(50, 51, Dialled::kByThem);
    others(52, 52, Dialled::kByUs);
    EXPECT_TRUE(all.too_many().empty()) << "one is dialled, two come in";
    others(53, 53, Dialled::kByThem);
    EXPECT_EQ(all.too_many(), (std::vector<PeerId>{53}));
    EXPECT_EQ(all.missing(), 0U);
}

TEST_F(Rack, WhoLeavesMakesRoom) {
    mates(1, 7);
    others(10, 11, Dialled::kByUs);
    EXPECT_EQ(all.too_many(), (std::vector<PeerId>{11}));
    all.left(10);
    EXPECT_TRUE(all.too_many().empty());
    all.left(1);
    EXPECT_EQ(all.others_wanted(), 2U) << "fewer in the rack: more elsewhere";
    all.left(99);  // never came
    EXPECT_EQ(all.others_wanted(), 2U);
}

TEST_F(Rack, ItLooksForTheRackUntilNobodyNewIsFound) {
    EXPECT_FALSE(all.settled(kStart + 1h)) << "nobody of the rack is known";
    mates(1, 1, kStart + 5s);
    EXPECT_FALSE(all.settled(kStart + 24s));
    EXPECT_TRUE(all.settled(kStart + 25s));
    mates(2, 9, kStart + 30s);
    EXPECT_FALSE(all.settled(kStart + 31s)) << "there was somebody new";
    all.left(9);
    all.joined(9, true, Dialled::kByUs, true, kStart + 49s);
    EXPECT_TRUE(all.settled(kStart + 50s)) << "who comes back is nobody new";
}

TEST_F(Rack, APeerCountsOnce) {
    mates(1, 6);
    others(7, 7, Dialled::kByUs);
    mates(7, 7);
    EXPECT_EQ(all.others_wanted(), 1U);
    EXPECT_EQ(all.missing(), 1U);
}

}  // namespace
}  // namespace shoal::policy
