#include "client/download/starvation_rule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace shoal::client {
namespace {

using namespace std::chrono_literals;

/// The seconds at which the rule announces while nothing comes until second `until`.
std::vector<int> announces(StarvationRule& rule, int until) {
    std::vector<int> at;
    for (int s = 0; s <= until; ++s) {
        if (rule.should_announce(std::chrono::seconds(s))) at.push_back(s);
    }
    return at;
}

TEST(StarvationRule, BacksOffToAMinute) {
    StarvationRule rule;
    EXPECT_EQ(announces(rule, 260), (std::vector<int>{5, 15, 35, 75, 135, 195, 255}));
}

TEST(StarvationRule, StartsAnewAfterProgress) {
    StarvationRule rule;
    EXPECT_EQ(announces(rule, 20), (std::vector<int>{5, 15}));
    EXPECT_FALSE(rule.should_announce(100ms));
    EXPECT_EQ(announces(rule, 20), (std::vector<int>{5, 15}));
}

TEST(StarvationRule, IsQuietWhileBytesCome) {
    StarvationRule rule;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(rule.should_announce(4900ms));
}

}  // namespace
}  // namespace shoal::client
