#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/fanout/simulate/event_queue.hpp"
#include "bench/fanout/simulate/piece_map.hpp"
#include "bench/fanout/simulate/uplink.hpp"

namespace shoal::simulate {
namespace {

using Kind = Event::Kind;

Transfer to(std::uint32_t host, std::uint32_t bytes) {
    Transfer transfer;
    transfer.to = host;
    transfer.bytes = bytes;
    return transfer;
}

TEST(EventQueue, GivesEventsInTheOrderOfTimeAndThenOfTheirMaking) {
    EventQueue queue(10);
    Random random(1);
    std::vector<std::pair<Time, std::uint32_t>> made;
    for (std::uint32_t n = 0; n < 5000; ++n) {
        // Within a bucket, within the ring, and far beyond it.
        const Time at = n % 3 == 0   ? random.below(10)
                        : n % 3 == 1 ? random.below(100'000)
                                     : random.below(2'000'000'000);
        queue.push(at, Kind::kTick, n);
        made.emplace_back(at, n);
    }
    std::stable_sort(made.begin(), made.end(),
                     [](const auto& x, const auto& y) { return x.first < y.first; });
    for (const auto& [at, n] : made) {
        ASSERT_FALSE(queue.empty());
        const Event event = queue.pop();
        ASSERT_EQ(event.at, at);
        ASSERT_EQ(event.a, n);
    }
    EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, TakesNewEventsForNow) {
    EventQueue queue(1000);
    queue.push(500, Kind::kTick, 1);
    queue.push(700, Kind::kTick, 2);
    EXPECT_EQ(queue.pop().a, 1U);
    queue.push(600, Kind::kTick, 3);
    EXPECT_EQ(queue.pop().a, 3U);
    EXPECT_EQ(queue.pop().a, 2U);
}

TEST(Uplink, SharesItsRateEqually) {
    Uplink up;
    up.set_rate(1000, 1000);
    up.advance(0);
    up.add(to(1, 1000));
    EXPECT_NEAR(to_seconds(up.next()), 1.0, 1e-6);
    up.advance(to_time(0.5));
    up.add(to(2, 1000));
    // 500 bytes left at half the rate.
    EXPECT_NEAR(to_seconds(up.next()), 1.5, 1e-6);
    up.advance(up.next());
    ASSERT_TRUE(up.any_done());
    EXPECT_EQ(up.take_done().to, 1U);
    EXPECT_FALSE(up.any_done());
    EXPECT_EQ(up.sent_of(up.transfers().front()), 500U);
    EXPECT_NEAR(to_seconds(up.next()), 2.0, 1e-6);
    EXPECT_NEAR(up.sent(), 1500, 0.01);
}

TEST(Uplink, IsNoFasterToOneReceiverThanItsLink) {
    Uplink up;
    up.set_rate(1000, 100);
    up.add(to(1, 1000));
    EXPECT_NEAR(to_seconds(up.next()), 10.0, 1e-6);
}

TEST(Uplink, KeepsAShorterPieceInItsPlace) {
    Uplink up;
    up.set_rate(1000, 1000);
    up.add(to(1, 1000));
    up.add(to(2, 100));
    up.advance(up.next());
    ASSERT_TRUE(up.any_done());
    EXPECT_EQ(up.take_done().to, 2U);
    up.drop([](const Transfer& t) { return t.to == 1; });
    EXPECT_EQ(up.next(), Uplink::kNever);
}

TEST(PieceMap, PicksTheRarestPieceThatTheOtherLacks) {
    PieceMap map(3, 130);
    Random random(1);
    for (const std::uint32_t piece : {3U, 64U, 129U}) map.add(0, piece);
    for (int n = 0; n < 2; ++n) map.seen(1, 3);
    map.seen(1, 64);
    EXPECT_EQ(map.rarest(0, 1, random), 129U);
    map.take(1, 129);
    EXPECT_EQ(map.rarest(0, 1, random), 64U);
    map.add(1, 64);
    EXPECT_EQ(map.rarest(0, 1, random), 3U);
    map.take(1, 3);
    EXPECT_EQ(map.rarest(0, 1, random), std::nullopt);
    map.give_up(1, 129);
    EXPECT_EQ(map.rarest(0, 1, random), 129U);
    EXPECT_EQ(map.rarest(2, 1, random), std::nullopt);
}

}  // namespace
}  // namespace shoal::simulate
