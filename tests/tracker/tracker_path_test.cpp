#include "tracker/protocol/tracker_path.hpp"

#include <gtest/gtest.h>

namespace shoal::tracker {
namespace {

using What = TrackerPath::What;

void expect(std::string_view path, What what, std::string_view key) {
    const TrackerPath parsed = parse_tracker_path(path);
    EXPECT_EQ(parsed.what, what) << path;
    EXPECT_EQ(parsed.key, key) << path;
}

TEST(TrackerPath, HasAKeyOnEitherSide) {
    expect("/announce", What::kAnnounce, "");
    expect("/announce/", What::kAnnounce, "");
    expect("/announce/abcd1234", What::kAnnounce, "abcd1234");
    expect("/announce/abcd1234/?x=/y", What::kAnnounce, "abcd1234");
    expect("/abcd1234/announce", What::kAnnounce, "abcd1234");
    expect("/abcd1234/announce?x=/y", What::kAnnounce, "abcd1234");
    expect("/scrape", What::kScrape, "");
    expect("/scrape/abcd1234", What::kScrape, "abcd1234");
    expect("/abcd1234/scrape", What::kScrape, "abcd1234");
}

TEST(TrackerPath, LeavesEverythingElse) {
    for (const char* path : {"", "/", "/announcement", "/api/v1/announce", "/api/announce", "/api/scrape",
                             "/key/announcer", "/?/announce"})
        expect(path, What::kOther, "");
}

}  // namespace
}  // namespace shoal::tracker
