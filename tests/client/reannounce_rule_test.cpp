#include "client/swarm/reannounce_rule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace shoal::client {
namespace {

using namespace std::chrono_literals;

/// The seconds at which the rule announces while nothing comes until second `until`.
std::vector<int> announces(ReannounceRule& rule, int until) {
    std::vector<int> at;
    for (int s = 0; s <= until; ++s) {
        if (rule.should_announce(std::chrono::seconds(s))) at.push_back(s);
    }
    return at;
}

TEST(ReannounceRule, BacksOffToAMinute) {
    ReannounceRule rule;
    EXPECT_EQ(announces(rule, 260), (std::vector<int>{5, 15, 35, 75, 135, 195, 255}));
}

TEST(ReannounceRule, BacksOffFurtherAfterAnHour) {
    ReannounceRule rule;
    std::vector<int> late = announces(rule, 7200);
    late.erase(late.begin(), std::find_if(late.begin(), late.end(), [](int at) { return at >= 3500; }));
    EXPECT_EQ(late, (std::vector<int>{3555, 3615, 3735, 3975, 4455, 5055, 5655, 6255, 6855}));
}

TEST(ReannounceRule, StartsAnewAfterProgress) {
    ReannounceRule rule;
    EXPECT_EQ(announces(rule, 20), (std::vector<int>{5, 15}));
    EXPECT_FALSE(rule.should_announce(100ms));
    EXPECT_EQ(announces(rule, 20), (std::vector<int>{5, 15}));
}

TEST(ReannounceRule, IsQuietWhileBytesCome) {
    ReannounceRule rule;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(rule.should_announce(4900ms));
}

}  // namespace
}  // namespace shoal::client
