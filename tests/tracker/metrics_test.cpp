#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iterator>
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
    const std::regex comment(R"(# (HELP [a-z_]+ .+\.|TYPE [a-z_]+ (gauge|counter|histogram)))");
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

TEST(Metrics, TellHowLongAnnouncesTake) {
    metrics::Histogram times(metrics::fast_bounds());
    times.count(std::chrono::microseconds(30));
    Vitals vitals;
    vitals.udp_announce_times = times.counts();
    const std::string text = metrics_text(vitals, {});
    const std::string name = "\nshoal_tracker_announce_duration_seconds";
    EXPECT_THAT(text, testing::HasSubstr(name + "_bucket{protocol=\"udp\",le=\"0.00002\"} 0\n"));
    EXPECT_THAT(text, testing::HasSubstr(name + "_bucket{protocol=\"udp\",le=\"0.00005\"} 1\n"));
    EXPECT_THAT(text, testing::HasSubstr(name + "_sum{protocol=\"udp\"} 0.00003\n"));
    EXPECT_THAT(text, testing::HasSubstr(name + "_count{protocol=\"http\"} 0\n"));
}

SwarmView torrent_of_sites(char byte, const std::vector<SitePart>& sites) {
    SwarmView torrent;
    torrent.info_hash = *InfoHash::from_bytes(std::string(20, byte));
    torrent.registered = true;
    torrent.progress.emplace();
    torrent.progress->sites = sites;
    return torrent;
}

TEST(Metrics, TellOfEachSite) {
    SitePart hall;
    hall.name = "hall-1";
    hall.seeds = 2;
    hall.leechers = 3;
    hall.lost = 1;
    hall.stalled = 1;
    hall.rate = 77.5;
    hall.mean = 0.5;
    SitePart nowhere;
    nowhere.partial_seeds = 4;
    const std::string text =
        metrics_text({}, {torrent_of_sites('a', {hall, nowhere}), torrent_of_sites('b', {hall})});
    const std::string hash = "{info_hash=\"" + InfoHash::from_bytes(std::string(20, 'a'))->hex() + "\"";
    for (const std::string& line :
         {std::string("shoal_tracker_site_peers{site=\"hall-1\",state=\"leecher\"} 6"),
          std::string("shoal_tracker_site_peers{site=\"\",state=\"partial seed\"} 4"),
          "shoal_tracker_torrent_site_peers" + hash + ",site=\"hall-1\",state=\"seed\"} 2",
          "shoal_tracker_torrent_site_peers" + hash + ",site=\"hall-1\",state=\"lost\"} 1",
          "shoal_tracker_torrent_site_stalled_peers" + hash + ",site=\"hall-1\"} 1",
          "shoal_tracker_torrent_site_progress_ratio" + hash + ",site=\"hall-1\"} 0.5",
          "shoal_tracker_torrent_site_bytes_per_second" + hash + ",site=\"hall-1\"} 77",
          std::string("shoal_tracker_torrent_sites_left_out 0")})
        EXPECT_THAT(text, testing::HasSubstr("\n" + line + "\n"));
}

TEST(Metrics, AreBoundedInNumber) {
    std::vector<SitePart> sites(1000);
    for (std::size_t i = 0; i < sites.size(); ++i) {
        sites[i].name = "hall-" + std::to_string(i);
        sites[i].seeds = 1;
    }
    Vitals vitals;
    vitals.totals.registered = 1007;
    const std::string text =
        metrics_text(vitals, {torrent_of_sites('a', sites), torrent_of_sites('b', sites)});
    const std::regex line("\nshoal_tracker_torrent_site_[a-z_]+\\{");
    EXPECT_LE(std::distance(std::sregex_iterator(text.begin(), text.end(), line), std::sregex_iterator()),
              10'000);
    EXPECT_THAT(text, testing::HasSubstr("\nshoal_tracker_torrent_sites_left_out 572\n"));
    EXPECT_THAT(text, testing::HasSubstr("\nshoal_tracker_registered_torrents_left_out 1005\n"));
    // The sums have all of them.
    EXPECT_THAT(text, testing::HasSubstr("\nshoal_tracker_site_peers{site=\"hall-999\",state=\"seed\"} 2\n"));
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
