#include "client/download/tracker_health.hpp"

#include <gtest/gtest.h>

namespace shoal::client {
namespace {

using namespace std::chrono_literals;

TEST(TrackerHealth, WarnsOnceAndNotBeforeTheOthersHadTheirTime) {
    const TrackerHealth::TimePoint start{};
    TrackerHealth health;
    EXPECT_FALSE(health.warning(start));
    health.failed("http://t: refused", start);
    EXPECT_EQ(health.failure(), "http://t: refused");
    EXPECT_FALSE(health.warning(start + 500ms));
    EXPECT_EQ(health.warning(start + 1s), "tracker http://t: refused");
    EXPECT_FALSE(health.warning(start + 2s));
}

TEST(TrackerHealth, ForgetsAFailureOnceThereIsAnAnswer) {
    const TrackerHealth::TimePoint start{};
    TrackerHealth health;
    health.failed("http://t: refused", start);
    health.answered();
    EXPECT_EQ(health.failure(), "");
    EXPECT_FALSE(health.warning(start + 10s));
}

}  // namespace
}  // namespace shoal::client
