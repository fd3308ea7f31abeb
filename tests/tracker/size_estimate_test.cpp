#include "tracker/swarm/size_estimate.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace shoal::tracker {
namespace {

constexpr std::uint64_t kSize = 500'000'000;
constexpr std::uint64_t kLie = 1'000'000'000'000'000;

std::uint64_t estimate(std::initializer_list<std::uint64_t> claims) {
    SizeEstimate estimate;
    for (const std::uint64_t claim : claims) estimate.add(claim);
    return estimate.bytes();
}

TEST(SizeEstimate, IsWhatMostPeersSay) {
    EXPECT_EQ(estimate({}), 0u);
    EXPECT_EQ(estimate({0, 0}), 0u) << "seeds say nothing";
    EXPECT_EQ(estimate({kSize}), kSize);
    EXPECT_EQ(estimate({kSize, kSize, kSize / 2, kSize / 3, kSize + 1}), kSize);
}

TEST(SizeEstimate, IsTheLargestWhereNoTwoAgree) {
    EXPECT_EQ(estimate({kSize / 500, kSize}), kSize);
    EXPECT_EQ(estimate({kSize, kSize / 2, kSize / 3, kSize / 5}), kSize) << "hosts that resume";
}

TEST(SizeEstimate, PassesOverAFewLiars) {
    EXPECT_EQ(estimate({kSize, kSize - 1000, kLie}), kSize);
    EXPECT_EQ(estimate({kLie, kSize, kSize - 1000}), kSize) << "in any order";
    EXPECT_EQ(estimate({kSize, kLie, kSize / 2, kLie}), kSize) << "two with the same number";
    EXPECT_EQ(estimate({kSize, kSize, kLie, kLie + 1, kSize}), kSize);
    EXPECT_EQ(estimate({kSize, 16384, 16384, 16384}), kSize) << "libtorrent without metadata";
}

TEST(SizeEstimate, CountsAPeerThatComesAndGoesOnce) {
    SizeEstimate estimate;
    estimate.add(kSize);
    estimate.add(kSize);
    for (int i = 0; i < 10; ++i) {
        estimate.add(2 * kSize);
        estimate.withdraw(2 * kSize);
    }
    EXPECT_EQ(estimate.bytes(), kSize);
    estimate.withdraw(kSize);
    estimate.withdraw(kSize);
    EXPECT_EQ(estimate.bytes(), kSize) << "it is not forgotten with its peers";
    estimate.withdraw(kSize);
    estimate.withdraw(0);
    estimate.add(kSize / 2);
    EXPECT_EQ(estimate.bytes(), kSize / 2) << "until somebody says otherwise";
}

TEST(SizeEstimate, OutlivesManyHostsThatResume) {
    SizeEstimate estimate;
    for (int i = 0; i < 100; ++i) estimate.add(kSize);
    for (std::uint64_t i = 1; i < 1000; ++i) estimate.add(kSize - 1000 * i);
    EXPECT_EQ(estimate.bytes(), kSize);
}

TEST(SizeEstimate, GoesOnFromAnEarlierRun) {
    SizeEstimate estimate;
    estimate.restore(kSize);
    EXPECT_EQ(estimate.bytes(), kSize);
    for (std::uint64_t i = 1; i < 10; ++i) estimate.add(kSize / 2 + i);
    EXPECT_EQ(estimate.bytes(), kSize);
}

TEST(SizeEstimate, PassesOverWhatAnEarlierVersionBelieved) {
    SizeEstimate estimate;
    estimate.restore(UINT64_MAX);
    EXPECT_EQ(estimate.bytes(), 0u);
    estimate.add(kSize);
    EXPECT_EQ(estimate.bytes(), kSize);
}

}  // namespace
}  // namespace shoal::tracker
