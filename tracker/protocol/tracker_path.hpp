#pragma once

#include <string_view>

namespace shoal::tracker {

/// `/announce`, `/announce/KEY` or `/KEY/announce`, and the same with `scrape`. From the last form clients
/// derive the scrape URL (BEP 48: it is the announce URL with the last part's `announce` replaced). `/api` is
/// never a key.
struct TrackerPath {
    enum class What { kOther, kAnnounce, kScrape };
    What what = What::kOther;
    std::string_view key;  ///< empty: none
};

/// @param path  of a URL, or the request string of a UDP announce (BEP 41), whose query is passed over
TrackerPath parse_tracker_path(std::string_view path);

}  // namespace shoal::tracker
