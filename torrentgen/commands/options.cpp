#include "torrentgen/commands/options.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <system_error>

#include "common/error.hpp"

namespace shoal::torrentgen {

std::vector<std::vector<std::string>> to_tiers(const std::vector<std::string>& announce) {
    std::vector<std::vector<std::string>> tiers;
    for (const std::string& text : announce) {
        std::vector<std::string> tier;
        std::size_t start = 0;
        while (start <= text.size()) {
            const std::size_t comma = std::min(text.find(',', start), text.size());
            if (comma > start) tier.push_back(text.substr(start, comma - start));
            start = comma + 1;
        }
        if (!tier.empty()) tiers.push_back(std::move(tier));
    }
    return tiers;
}

std::optional<std::int64_t> parse_date(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (text == "now") return std::time(nullptr);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw Error(ExitCode::kUsage, "--date " + text, "is not a time",
                    "write 'now' or the seconds since 1970");
    }
    return value;
}

}  // namespace shoal::torrentgen
