#include "client/daemon/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/client/daemon/fake_engine.hpp"

namespace shoal::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsPage, CountsTorrents) {
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
    broken.trouble_reason = TroubleReason::kDiskFull;
    const std::string page = metrics_page(engine, counters, 0);
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents{state=\"seeding\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents{state=\"checking\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents{state=\"stopped\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents_failed 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_left_bytes 7\n"));
    EXPECT_THAT(
        page, HasSubstr("\n# TYPE shoal_downloaded_bytes_total counter\nshoal_downloaded_bytes_total 12\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_hooks_total{event=\"done\",result=\"timed out\"} 2\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_hooks_total{event=\"error\",result=\"failed\"} 0\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_state_save_failures_total 4\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents_in_trouble{reason=\"disk_full\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents_in_trouble{reason=\"tracker\"} 0\n"));
    // Told to name none of them, it names none.
    EXPECT_THAT(page, Not(HasSubstr("secret name")));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents_left_out 3\n"));
    EXPECT_EQ(engine.slow_calls, 0);
}

TEST(MetricsPage, TellsOfEachTorrent) {
    FakeEngine engine;
    FakeEngine::Torrent& torrent = engine.insert(1, "a \"model\"");
    torrent.view.state = TorrentState::kDownloading;
    torrent.view.settings.labels = {"prod", "eu"};
    torrent.view.size_wanted = 8;
    torrent.view.left = 2;
    torrent.view.rate_down = 77;
    torrent.view.trouble = TroubleKind::kTracker;
    torrent.view.trouble_reason = TroubleReason::kTracker;
    torrent.slow = {"disk", "the disk is behind"};
    const std::string page = metrics_page(engine, {}, 25);
    const std::string hash = "{info_hash=\"" + FakeEngine::hash_of(1) + "\"";
    for (const std::string& line :
         {"shoal_torrent_info" + hash + ",name=\"a \\\"model\\\"\",labels=\"prod,eu\"} 1",
          "shoal_torrent_state" + hash + ",state=\"downloading\"} 1",
          "shoal_torrent_trouble" + hash + ",reason=\"tracker\"} 1",
          "shoal_torrent_progress_ratio" + hash + "} 0.75",
          "shoal_torrent_download_bytes_per_second" + hash + "} 77",
          "shoal_torrent_slow" + hash + ",cause=\"disk\"} 1"})
        EXPECT_THAT(page, HasSubstr("\n" + line + "\n"));
}

TEST(MetricsPage, NamesThoseInTroubleThenUnfinishedOnesThenTheNewest) {
    FakeEngine engine;
    engine.insert(1, "in trouble").view.trouble = TroubleKind::kLocal;
    engine.insert(2, "unfinished").view.left = 1;
    engine.insert(3, "old");
    engine.insert(4, "new");
    const std::string page = metrics_page(engine, {}, 3);
    for (const char* const name : {"in trouble", "unfinished", "new"})
        EXPECT_THAT(page, HasSubstr("name=\"" + std::string(name) + "\""));
    EXPECT_THAT(page, Not(HasSubstr("name=\"old\"")));
    EXPECT_THAT(page, HasSubstr("\nshoal_torrents_left_out 1\n"));
}

TEST(MetricsPage, TellsHowLongTheDiskTakesAndWhatIsFree) {
    metrics::Histogram times(metrics::slow_bounds());
    times.count(std::chrono::milliseconds(3), 4);
    DaemonCounters counters;
    EXPECT_THAT(metrics_page(FakeEngine(), counters, 0), Not(HasSubstr("free_bytes")));
    counters.piece_hash = counters.disk_write = times.counts();
    counters.free_bytes = 12;
    const std::string page = metrics_page(FakeEngine(), counters, 0);
    EXPECT_THAT(page, HasSubstr("\nshoal_piece_hash_duration_seconds_bucket{le=\"0.005\"} 4\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_disk_write_duration_seconds_sum 0.012\n"));
    EXPECT_THAT(page, HasSubstr("\nshoal_download_folder_free_bytes 12\n"));
}

}  // namespace
}  // namespace shoal::daemon
