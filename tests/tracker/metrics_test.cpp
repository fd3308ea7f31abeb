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
    std::istringstream text(metrics_text(vitals));
    const std::regex comment(R"(# (HELP [a-z_]+ .+\.|TYPE [a-z_]+ (gauge|counter)))");
    const std::regex sample(R"([a-z_]+(\{[a-z]+="[^"]*"\})? [0-9]+)");
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
    EXPECT_THAT(metrics_text(vitals), testing::HasSubstr("\nshoal_tracker_peers{state=\"seed\"} 7\n"));
    EXPECT_THAT(metrics_text(vitals), testing::HasSubstr("\nshoal_tracker_store_healthy 0\n"));
}

TEST(Metrics, LeaveOutTheStoreWhereThereIsNone) {
    EXPECT_THAT(metrics_text({}), testing::Not(testing::HasSubstr("store")));
}

}  // namespace
}  // namespace shoal::tracker
