#include "common/metrics/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace shoal::metrics {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::array<std::chrono::nanoseconds, 2> kBounds{1ms, 10ms};

TEST(Histogram, CountsADurationInTheFirstClassThatHoldsIt) {
    Histogram histogram(kBounds);
    histogram.count(0ns);
    histogram.count(1ms);
    histogram.count(1ms + 1ns);
    histogram.count(1h);
    const Histogram::Counts counts = histogram.counts();
    EXPECT_THAT(counts.bounds, ElementsAre(1ms, 10ms));
    EXPECT_THAT(counts.at_most, ElementsAre(2, 3, 4));
    EXPECT_EQ(counts.sum, 1h + 2ms + 1ns);
}

TEST(Histogram, CountsSeveralOfOneDuration) {
    Histogram histogram(kBounds);
    histogram.count(2ms, 16);
    EXPECT_THAT(histogram.counts().at_most, ElementsAre(0, 16, 16));
    EXPECT_EQ(histogram.counts().sum, 32ms);
}

TEST(Histogram, AddsUpWhatManyThreadsCounted) {
    Histogram histogram(kBounds);
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&histogram] {
            for (int n = 0; n < 1000; ++n) histogram.count(5ms);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(histogram.counts().at_most, ElementsAre(0, 20'000, 20'000));
    EXPECT_EQ(histogram.counts().sum, 20'000 * 5ms);
}

TEST(Histogram, HasAscendingBounds) {
    for (const auto bounds : {fast_bounds(), slow_bounds()}) {
        EXPECT_LE(bounds.size(), Histogram::kMaxBounds);
        EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
    }
}

}  // namespace
}  // namespace shoal::metrics
