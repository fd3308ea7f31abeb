#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "tracker/web/vitals.hpp"

namespace shoal::tracker {
namespace {

TEST(Metrics, FollowTheTextFormat) {
    Vitals vitals;
    vitals.totals.seeds = 7;
    vitals.persistent = true;
    vitals.store_healthy = false;
    std::istringstream text(metrics_text(vitals, {}));
    const std::regex comment(R"(# (HELP [a-z_]+ .+\.|TYPE [a-z_]+ (gauge|counter)))");
    const std::regex sample(R"([a-z_]+(\{[a-z_]+="[^"]*"(,[a-z]+="[^"]*")?\})? [0-9.]+)");
    std::string line;
    int samples = 0;
    while (std::getline(text, line)) {
        EXPECT_TRUE(std::regex_match(line, line.starts_with('#') ? comment : sample)) << line;
        samples += line.starts_with('#') ? 0 : 1;
        if (line.find("_total") != std::string::npos && line.starts_with("# TYPE")) {
            EXPECT_THAT(line, testing::EndsWith("counter"));
        }
    }
    EXPECT_GT(samples, 20);
    EXPECT_THAT(metrics_text(vitals, {}), testing::HasSubstr("\nshoal_tracker_peers{state=\"seed\"} 7\n"));
    EXPECT_THAT(metrics_text(vitals, {}), testing::HasSubstr("\nshoal_tracker_store_healthy 0\n"));
    EXPECT_THAT(metrics_text(vitals, {}), testing::HasSubstr("\nshoal_tracker_store_file_lost 0\n"));
    vitals.store_file_lost = true;
    EXPECT_THAT(metrics_text(vitals, {}), testing::HasSubstr("\nshoal_tracker_store_file_lost 1\n"));
}

TEST(Metrics, TellWhenTheCertificateExpires) {
    Vitals vitals;
    EXPECT_THAT(metrics_text(vitals, {}), testing::Not(testing::HasSubstr("certificate")));
    vitals.certificate_expires = 1'800'000'000;
    EXPECT_THAT(metrics_text(vitals, {}),
                testing::HasSubstr("\nshoal_tracker_certificate_expiry_timestamp_seconds 1800000000\n"));
}

TEST(Metrics, LeaveOutTheStoreWhereThereIsNone) {
    EXPECT_THAT(metrics_text({}, {}), testing::Not(testing::HasSubstr("store")));
}

TEST(Metrics, CountFailuresByReason) {
    Vitals vitals;
    vitals.http_reasons["left is \"odd\""] = 3;
    vitals.udp_reasons["connect again"] = 4;
    const std::string text = metrics_text(vitals, {});
    EXPECT_THAT(text,
                testing::HasSubstr("\nshoal_tracker_failures_by_reason_total{protocol=\"http\",reason=\"left "
                                   "is \\\"odd\\\"\"} 3\n"));
    EXPECT_THAT(text, testing::HasSubstr("{protocol=\"udp\",reason=\"connect again\"} 4\n"));
}

TEST(Metrics, TellHowFarRegisteredTorrentsAre) {
    SwarmView torrent;
    torrent.info_hash = *InfoHash::from_bytes(std::string(20, 'a'));
    torrent.registered = true;
    torrent.name = "a \\ \"b\"\n\xff";
    torrent.size = 1000;
    torrent.counts = {2, 5, 4, 1};
    torrent.lost = 6;
    torrent.progress.emplace();
    torrent.progress->shares = {0.5, 0.25, 0.125};
    torrent.progress->stalled = 3;
    torrent.progress->rate = 1234.5;
    const std::string text = metrics_text({}, {torrent});
    const std::string hash = "{info_hash=\"" + torrent.info_hash.hex() + "\"";
    for (const std::string& line : {"shoal_tracker_torrent_info" + hash + ",name=\"a \\\\ \\\"b\\\"\\n?\"} 1",
                                    "shoal_tracker_torrent_size_bytes" + hash + "} 1000",
                                    "shoal_tracker_torrent_peers" + hash + ",state=\"seed\"} 2",
                                    "shoal_tracker_torrent_peers" + hash + ",state=\"leecher\"} 4",
                                    "shoal_tracker_torrent_peers" + hash + ",state=\"partial seed\"} 1",
                                    "shoal_tracker_torrent_peers" + hash + ",state=\"lost\"} 6",
                                    "shoal_tracker_torrent_stalled_peers" + hash + "} 3",
                                    "shoal_tracker_torrent_completed_total" + hash + "} 1",
                                    "shoal_tracker_torrent_progress_ratio" + hash + ",of=\"slowest\"} 0.125",
                                    "shoal_tracker_torrent_bytes_per_second" + hash + "} 1234"})
        EXPECT_THAT(text, testing::HasSubstr("\n" + line + "\n"));
}

}  // namespace
}  // namespace shoal::tracker
