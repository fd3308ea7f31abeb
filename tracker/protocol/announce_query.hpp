#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "tracker/model/announce.hpp"
#include "tracker/model/failure.hpp"

/// The query strings of announce (BEP 3, 7, 21, 23) and scrape (BEP 48), without HTTP.
namespace shoal::tracker {

std::variant<AnnounceRequest, Failure> parse_announce(std::string_view query);

struct ScrapeRequest {
    std::vector<InfoHash> info_hashes;
    bool truncated = false;  ///< more than `max_hashes` were asked for
};

std::variant<ScrapeRequest, Failure> parse_scrape(std::string_view query, std::size_t max_hashes);

}  // namespace shoal::tracker
