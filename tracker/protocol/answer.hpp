#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracker/model/announce.hpp"
#include "tracker/model/failure.hpp"

/// Bencoded answers. Each function replaces what `out` held; keys are sorted, nothing follows the dictionary.
namespace shoal::tracker {

void write_announce(const AnnounceAnswer& answer, const AnnounceRequest& request, std::string& out);

/// An entry for each info-hash asked for, sorted and once, as the dictionary needs it.
void write_scrape(std::vector<std::pair<InfoHash, SwarmCounts>> entries, std::uint32_t min_request_interval,
                  std::string& out);

void write_failure(const Failure& failure, std::string& out);

}  // namespace shoal::tracker
