#include "client/swarm/policy/window.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace shoal::policy {
namespace {

/// Pieces finish as an origin of `link` bytes a second sends them to peers that each take `peer_link`, with
/// `turnaround` seconds between a piece's last block and the next piece's first request.
class Model {
  public:
    Model(double link_rate, double peer_rate, double between, std::uint32_t size)
        : link(link_rate), peer_link(peer_rate), turnaround(between), piece_size(size) {}

    double link;
    double peer_link;
    double turnaround;
    std::uint32_t piece_size;

    void run(Window& window, int pieces) {
        for (int n = 0; n < pieces; ++n) {
            const double each = std::min(peer_link, link / window.size());
            const double latency = piece_size / each + turnaround;
            now_ += std::max(latency / window.size(), piece_size / link);
            window.completed(TimePoint{} + to_duration(now_), piece_size, to_duration(latency), true);
        }
    }
    [[nodiscard]] double seconds() const { return now_; }

  private:
    static Duration to_duration(double seconds) {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    }

    double now_ = 0;
};

constexpr Duration kSoon = std::chrono::milliseconds(10);

/// As many pieces arrive as it takes to open.
Window open(std::uint32_t pieces, Duration took = kSoon) {
    Window window(pieces);
    for (std::uint32_t before = 0; before != window.size();) {
        before = window.size();
        window.completed(TimePoint{}, 65536, took, true);
    }
    return window;
}

TEST(Window, BeginsWithAFewAndOpensByOneForEachThatArrives) {
    Window window(1024);
    EXPECT_EQ(window.size(), 4U);
    window.completed(TimePoint{}, 65536, kSoon, true);
    window.completed(TimePoint{}, 65536, kSoon, false);
    EXPECT_EQ(window.size(), 6U);
}

TEST(Window, OpensToA64thOfTheManifest) {
    EXPECT_EQ(open(1024).size(), 16U);
    EXPECT_EQ(open(960).size(), 15U);
    EXPECT_EQ(open(128).size(), 12U) << "never below twelve";
    EXPECT_EQ(open(1'000'000).size(), 64U) << "never a long start";
}

TEST(Window, OpensNoFurtherOncePiecesTakeLong) {
    EXPECT_EQ(open(1024, std::chrono::seconds(6)).size(), 4U);
    Window window(1024);
    window.completed(TimePoint{}, 65536, kSoon, true);
    window.completed(TimePoint{}, 65536, std::chrono::seconds(1), true);
    window.completed(TimePoint{}, 65536, kSoon, true);
    EXPECT_EQ(window.size(), 5U);
}

TEST(Window, StaysSmallWhereTheOriginsLinkIsTheLimit) {
    // 5 MiB pieces at 20 Mbit/s: 2 s a piece, so a few under way already fill the link.
    Window window(128);
    Model{2.5e6, 2.5e6, 0.1, 5 << 20}.run(window, 1000);
    EXPECT_LE(window.size(), 6U);
}

TEST(Window, HoldsSmallPiecesThatFillTheLink) {
    Window window(1024);
    Model{2.5e6, 2.5e6, 0.1, 64 << 10}.run(window, 2000);
    EXPECT_GE(window.size(), 12U);
    EXPECT_LE(window.size(), 24U);
}

TEST(Window, GrowsWherePeersAreSlowerThanTheOrigin) {
    // 10 Gbit/s into 100 Mbit/s peers needs a hundred of them at once.
    Window window(1000);
    Model model{1.25e9, 1.25e7, 0.05, 5 << 20};
    model.run(window, 1000);
    EXPECT_GE(window.size(), 80U);
}

TEST(Window, GrowsWherePeersTakeLongBecauseTheyAreSlow) {
    // 100 Mbit/s into 10 Mbit/s peers: 4 s a piece, and ten of them at once.
    Window window(1000);
    Model{1.25e7, 1.25e6, 0.05, 5 << 20}.run(window, 200);
    EXPECT_GE(window.size(), 8U);
}

TEST(Window, GrowsWhereTurnaroundsAreLong) {
    Window window(1024);
    Model{12.5e6, 12.5e6, 0.5, 64 << 10}.run(window, 4000);
    EXPECT_GE(window.size(), 60U);
}

TEST(Window, ShrinksAgainWhenASmallerOneIsAsFast) {
    Window window(1024);
    Model model{12.5e6, 12.5e6, 0.5, 64 << 10};
    model.run(window, 4000);
    const std::uint32_t before = window.size();
    model.turnaround = 0.01;
    model.run(window, 20000);
    EXPECT_LT(window.size(), before);
}

TEST(Window, DoesNotGrowWhileItIsNotTheLimit) {
    Window window(1024);
    TimePoint now{};
    for (int n = 0; n < 2000; ++n) {
        now += std::chrono::milliseconds(1 + n % 5);
        window.completed(now, 65536, kSoon, false);
    }
    EXPECT_EQ(window.size(), 16U);
}

TEST(Window, SurvivesAClockThatStandsStill) {
    Window window(1024);
    for (int n = 0; n < 100; ++n) window.completed(TimePoint{}, 65536, kSoon, true);
    EXPECT_EQ(window.size(), 16U);
}

}  // namespace
}  // namespace shoal::policy
