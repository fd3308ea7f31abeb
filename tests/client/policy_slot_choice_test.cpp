#include "client/swarm/policy/slot_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SlotChoice, ServesThePeersWithTheFewestPieces) {
    EXPECT_THAT(neediest({{1, 30}, {2, 0}, {3, 12}, {4, 7}}, 2), ElementsAre(2, 4));
}

TEST(SlotChoice, KeepsTheCallersOrderAmongEquals) {
    EXPECT_THAT(neediest({{7, 5}, {3, 5}, {9, 5}}, 2), ElementsAre(7, 3));
}

TEST(SlotChoice, ServesEverybodyWhereThereAreSlots) {
    EXPECT_THAT(neediest({{1, 4}, {2, 3}}, 20), ElementsAre(2, 1));
    EXPECT_THAT(neediest({}, 20), IsEmpty());
    EXPECT_THAT(neediest({{1, 4}}, 0), IsEmpty());
}

}  // namespace
}  // namespace shoal::policy
