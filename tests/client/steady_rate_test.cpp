#include "client/swarm/steady_rate.hpp"

#include <gtest/gtest.h>

namespace shoal::client {
namespace {

void samples(SteadyRate& rate, int seconds, std::uint64_t bytes_per_second) {
    for (int i = 0; i < seconds; ++i) rate.sample(bytes_per_second);
}

TEST(SteadyRate, IsSteadyAfterTenSecondsAtItsBest) {
    SteadyRate rate;
    samples(rate, 10, 1'000'000);
    EXPECT_FALSE(rate.steady()) << "the first sample only sets the mark";
    rate.sample(950'000);
    EXPECT_TRUE(rate.steady());
}

TEST(SteadyRate, IsNotWhileItGrows) {
    SteadyRate rate;
    for (std::uint64_t bytes = 1000; bytes < 1'000'000'000; bytes += bytes / 4) {
        rate.sample(bytes);
        EXPECT_FALSE(rate.steady());
    }
}

TEST(SteadyRate, IsNotBelowItsBest) {
    SteadyRate rate;
    samples(rate, 20, 1'000'000);
    rate.sample(500'000);
    EXPECT_FALSE(rate.steady());
    samples(rate, 60, 500'000);
    EXPECT_FALSE(rate.steady());
}

TEST(SteadyRate, ForgetsABestOfLongAgo) {
    SteadyRate rate;
    samples(rate, 20, 1'000'000);
    samples(rate, 1200, 500'000);
    EXPECT_TRUE(rate.steady());
}

TEST(SteadyRate, NothingIsNotSteady) {
    SteadyRate rate;
    samples(rate, 100, 0);
    EXPECT_FALSE(rate.steady());
}

}  // namespace
}  // namespace shoal::client
