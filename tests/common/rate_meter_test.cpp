#include "common/rate_meter.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(RateMeter, MeasuresOverItsWindowOnly) {
    RateMeter meter(5s);
    const RateMeter::TimePoint start{};
    EXPECT_EQ(meter.rate(), 0);
    meter.add(start, 0);
    meter.add(start + 1s, 1'000'000);
    EXPECT_DOUBLE_EQ(meter.rate(), 1e6);
    for (int s = 2; s <= 10; ++s) meter.add(start + std::chrono::seconds(s), 1'000'000);
    EXPECT_EQ(meter.rate(), 0) << "nothing came in the last 5 s";
}

TEST(RateMeter, HoldsRatesAbove32Bits) {
    RateMeter meter;
    meter.add(RateMeter::TimePoint{}, 0);
    meter.add(RateMeter::TimePoint{} + 1s, 5'000'000'000);
    EXPECT_DOUBLE_EQ(meter.rate(), 5e9);
    EXPECT_EQ(meter.time_left(10'000'000'000), 2000ms);
}

TEST(RateMeter, HasNoTimeLeftWhenNothingMoves) {
    RateMeter meter;
    meter.add(RateMeter::TimePoint{}, 7);
    meter.add(RateMeter::TimePoint{} + 1s, 7);
    EXPECT_EQ(meter.time_left(1), std::nullopt);
}

}  // namespace
}  // namespace shoal
