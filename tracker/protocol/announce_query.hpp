#pragma once

#include <string_view>
#include <variant>

#include "tracker/model/announce.hpp"
#include "tracker/model/failure.hpp"

/// The query strings of announce (BEP 3, 7, 21, 23) and scrape (BEP 48), without HTTP.
namespace shoal::tracker {

/// Refuses only what the tracker cannot do without: the info-hash, the peer id and the port. Any other
/// parameter that it cannot read counts as absent.
std::variant<AnnounceRequest, Failure> parse_announce(std::string_view query);

/// The first `max_hashes` of them.
std::variant<ScrapeRequest, Failure> parse_scrape(std::string_view query, std::size_t max_hashes);

}  // namespace shoal::tracker
