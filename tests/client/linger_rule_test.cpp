#include "client/download/linger_rule.hpp"

#include <gtest/gtest.h>

namespace shoal::client {
namespace {

using namespace std::chrono_literals;

SwarmInSight sight(int connected, std::optional<int> by_tracker, bool awaiting_tracker = false) {
    return {connected, awaiting_tracker, by_tracker, 0, 0};
}

TEST(LingerRule, LeavesAtOnceWhenNobodyNeedsUs) {
    const LingerRule rule({}, 60s);
    EXPECT_TRUE(rule.may_leave(0s, sight(0, 0)));
    EXPECT_TRUE(rule.may_leave(0s, sight(0, std::nullopt)));
}

TEST(LingerRule, StaysForConnectedLeechersAndForThoseOfTheTracker) {
    const LingerRule rule({}, 60s);
    EXPECT_FALSE(rule.may_leave(30s, sight(1, 0)));
    EXPECT_FALSE(rule.may_leave(30s, sight(0, 1)));
}

TEST(LingerRule, WaitsAShortWhileForTheTracker) {
    const LingerRule rule({}, 60s);
    EXPECT_FALSE(rule.may_leave(1s, sight(0, std::nullopt, true)));
    EXPECT_TRUE(rule.may_leave(4s, sight(0, std::nullopt, true)));
}

TEST(LingerRule, StaysAtMostAsLongAsTheDownloadTook) {
    const LingerRule rule({}, 60s);
    EXPECT_FALSE(rule.may_leave(59s, sight(5, 5)));
    EXPECT_TRUE(rule.may_leave(60s, sight(5, 5)));
}

TEST(LingerRule, GivesAQuickDownloadTenSeconds) {
    const LingerRule rule({}, 100ms);
    EXPECT_FALSE(rule.may_leave(9s, sight(1, 1)));
    EXPECT_TRUE(rule.may_leave(10s, sight(1, 1)));
}

TEST(LingerRule, DoesAsTheUserSays) {
    EXPECT_TRUE(LingerRule({0s, {}, {}}, 60s).may_leave(0s, sight(5, 5, true)));
    EXPECT_FALSE(LingerRule({1h, {}, {}}, 1s).may_leave(59min, sight(0, 0)));
    EXPECT_TRUE(LingerRule({1h, {}, {}}, 1s).may_leave(1h, sight(5, 5)));
}

TEST(LingerRule, SeedsToARatio) {
    const LingerRule rule({{}, 2.0, {}}, 1s);
    SwarmInSight swarm = sight(0, 0);
    swarm.ratio = 1.9;
    EXPECT_FALSE(rule.may_leave(24h, swarm));
    swarm.ratio = 2.0;
    EXPECT_TRUE(rule.may_leave(0s, swarm));
}

TEST(LingerRule, SeedsUntilOthersAreDone) {
    const LingerRule rule({1h, {}, 3}, 1s);
    SwarmInSight swarm = sight(0, 0);
    swarm.peers_done = 2;
    EXPECT_FALSE(rule.may_leave(59min, swarm));
    EXPECT_TRUE(rule.may_leave(1h, swarm));
    swarm.peers_done = 3;
    EXPECT_TRUE(rule.may_leave(0s, swarm));
}

}  // namespace
}  // namespace shoal::client
