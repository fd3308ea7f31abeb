#include "client/download/linger_rule.hpp"

#include <gtest/gtest.h>

namespace shoal::client {
namespace {

using namespace std::chrono_literals;

LeechersInSight sight(int connected, std::optional<int> by_tracker, bool awaiting_tracker = false) {
    return {connected, awaiting_tracker, by_tracker};
}

TEST(LingerRule, LeavesAtOnceWhenNobodyNeedsUs) {
    const LingerRule rule(std::nullopt, 60s);
    EXPECT_TRUE(rule.may_leave(0s, sight(0, 0)));
    EXPECT_TRUE(rule.may_leave(0s, sight(0, std::nullopt)));
}

TEST(LingerRule, StaysForConnectedLeechersAndForThoseOfTheTracker) {
    const LingerRule rule(std::nullopt, 60s);
    EXPECT_FALSE(rule.may_leave(30s, sight(1, 0)));
    EXPECT_FALSE(rule.may_leave(30s, sight(0, 1)));
}

TEST(LingerRule, WaitsAShortWhileForTheTracker) {
    const LingerRule rule(std::nullopt, 60s);
    EXPECT_FALSE(rule.may_leave(1s, sight(0, std::nullopt, true)));
    EXPECT_TRUE(rule.may_leave(4s, sight(0, std::nullopt, true)));
}

TEST(LingerRule, StaysAtMostAsLongAsTheDownloadTook) {
    const LingerRule rule(std::nullopt, 60s);
    EXPECT_FALSE(rule.may_leave(59s, sight(5, 5)));
    EXPECT_TRUE(rule.may_leave(60s, sight(5, 5)));
}

TEST(LingerRule, GivesAQuickDownloadTenSeconds) {
    const LingerRule rule(std::nullopt, 100ms);
    EXPECT_FALSE(rule.may_leave(9s, sight(1, 1)));
    EXPECT_TRUE(rule.may_leave(10s, sight(1, 1)));
}

TEST(LingerRule, DoesAsTheUserSays) {
    EXPECT_TRUE(LingerRule(0s, 60s).may_leave(0s, sight(5, 5, true)));
    EXPECT_FALSE(LingerRule(1h, 1s).may_leave(59min, sight(0, 0)));
    EXPECT_TRUE(LingerRule(1h, 1s).may_leave(1h, sight(5, 5)));
}

}  // namespace
}  // namespace shoal::client
