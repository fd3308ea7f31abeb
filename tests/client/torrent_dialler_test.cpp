#include "client/swarm/plugin/torrent_dialler.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <libtorrent/torrent_handle.hpp>

#include "common/ip_address.hpp"
#include "tests/client/loopback_swarm.hpp"

namespace shoal::client {
namespace {

TEST(TorrentDialler, LeavesTimeBetweenDialsAndForgetsTorrentsThatAreGone) {
    using Clock = TorrentDialler::Clock;
    const Endpoint peer{IpAddress::v4({127, 0, 0, 1}), 9};
    const LoopbackContent content;
    LoopbackHost host(1);
    host.add_torrent(content.info(), content.folder_for(1, true), true);
    TorrentDialler dialler(true);
    const Clock::time_point start{std::chrono::hours(1)};
    EXPECT_FALSE(dialler.dial(start));
    dialler.want(peer);
    EXPECT_FALSE(dialler.dial(start)) << "no torrent to dial it for";
    dialler.add(host.torrent);
    dialler.add(host.torrent);
    dialler.add(lt::torrent_handle());
    dialler.want(peer);
    EXPECT_EQ(dialler.dial(start), start) << "a torrent that is gone takes no time";
    EXPECT_EQ(dialler.dial(start), start + TorrentDialler::kBetweenDials);
    EXPECT_EQ(dialler.dial(start), start + TorrentDialler::kBetweenDials) << "not yet";
    EXPECT_FALSE(dialler.dial(start + TorrentDialler::kBetweenDials));
    for (std::size_t n = 0; n < TorrentDialler::kMostWaiting; ++n) dialler.want(peer);
    std::size_t dials = 1;
    for (auto next = dialler.dial(start + std::chrono::hours(1)); next; next = dialler.dial(*next)) ++dials;
    EXPECT_EQ(dials, TorrentDialler::kMostWaiting) << "the rest is forgotten";
}

}  // namespace
}  // namespace shoal::client
