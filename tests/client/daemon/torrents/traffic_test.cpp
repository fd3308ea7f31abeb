#include "client/daemon/torrents/traffic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Torrent torrent(TorrentNumber number, std::uint32_t down, std::uint32_t up) {
    Torrent torrent;
    torrent.record.number = number;
    torrent.activity.rate_down = down;
    torrent.activity.rate_up = up;
    return torrent;
}

TEST(Traffic, AddsUpWhatMoves) {
    Traffic traffic;
    traffic.update(torrent(1, 100, 0));
    traffic.update(torrent(2, 20, 7));
    traffic.update(torrent(3, 0, 0));
    EXPECT_EQ(traffic.rates(), (Rates{120, 7}));
    EXPECT_THAT(traffic.busy(), UnorderedElementsAre(1, 2));
    traffic.update(torrent(1, 50, 1));
    EXPECT_EQ(traffic.rates(), (Rates{70, 8})) << "a torrent counts with its last rate alone";
    traffic.update(torrent(1, 0, 0));
    EXPECT_THAT(traffic.busy(), ElementsAre(2));
    traffic.forget(2);
    EXPECT_THAT(traffic.busy(), IsEmpty());
    EXPECT_EQ(traffic.busy_count(), 0u);
    EXPECT_EQ(traffic.rates(), Rates{});
}

TEST(Traffic, IsSteadyOnceItStaysNearItsBest) {
    Traffic traffic;
    traffic.update(torrent(1, 1000, 0));
    for (int second = 0; second < 30; ++second) traffic.sample();
    EXPECT_TRUE(traffic.steady_down());
    EXPECT_FALSE(traffic.steady_up());
}

}  // namespace
}  // namespace shoal::daemon
