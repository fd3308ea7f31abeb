#include "client/daemon/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/daemon/fake_engine.hpp"

namespace shoal::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsPage, CountsTorrentsWithoutNamingThem) {
    FakeEngine engine;
    engine.insert(1, "secret name").view.state = TorrentState::kSeeding;
    engine.insert(2, "other").view.state = TorrentState::kChecking;
    TorrentView& broken = engine.insert(3, "broken").view;
    broken.trouble = TroubleKind::kLocal;
    broken.left = 7;
    engine.session_stats.current.downloaded = 12;
    DaemonCounters counters;
    counters.hooks[{"done", "timed out"}] = 2;
    counters.state_failures = 4;
    const std::string page = metrics_page(engine, counters);
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents{state=\"seeding\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents{state=\"checking\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents{state=\"stopped\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents_failed 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_left_bytes 7\n"));
    EXPECT_THAT(
        page, HasSubstr("\n# TYPE shoal_downloaded_bytes_total counter\nshoal_downloaded_bytes_total 12\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_hooks_total{event=\"done\",result=\"timed out\"} 2\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_state_save_failures_total 4\n"));
    EXPECT_THAT(page, Not(HasSubstr("secret name")));
}

}  // namespace
}  // namespace shoal::daemon
