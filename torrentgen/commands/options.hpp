#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Command line texts that several commands read alike.
namespace shoal::torrentgen {

/// One --announce is one tier; commas separate the trackers of a tier (BEP 12).
std::vector<std::vector<std::string>> to_tiers(const std::vector<std::string>& announce);

/// "now" or seconds since 1970; nothing for no text. Throws Error (kUsage).
std::optional<std::int64_t> parse_date(const std::string& text);

}  // namespace shoal::torrentgen
