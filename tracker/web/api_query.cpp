#include "tracker/web/api_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "tracker/protocol/query.hpp"

namespace shoal::tracker {
namespace {

constexpr std::size_t kMostListed = 10'000;

/// From 0 to `most`.
std::optional<std::size_t> number(std::string_view text, std::size_t most) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
    return value;
}

std::optional<bool> yes_or_no(std::string_view text) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
}

std::optional<PeerFilter> peer_filter(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, PeerFilter>, 6> kStates{
        {{"all", PeerFilter::kAll},
         {"leecher", PeerFilter::kLeechers},
         {"stalled", PeerFilter::kStalled},
         {"partial-seed", PeerFilter::kPartialSeeds},
         {"lost", PeerFilter::kLost},
         {"seed", PeerFilter::kSeeds}}};
    const auto* const known =
        std::find_if(kStates.begin(), kStates.end(), [&](const auto& state) { return state.first == text; });
    if (known == kStates.end()) return std::nullopt;
    return known->second;
}

template <class T, class U>
bool assign(T& target, const std::optional<U>& value) {
    if (value) target = *value;
    return value.has_value();
}

/// Gives each pair to `take`, which returns what its value should have been, nothing where it is good, and
/// says "unknown" for a name that it does not know.
template <class Take>
std::string walk(std::string_view text, Take take) {
    constexpr std::string_view kUnknown = "unknown";
    Query query(text);
    std::string_view name;
    std::string_view escaped;
    std::string value;
    while (query.next(name, escaped)) {
        if (!unescape(escaped, value)) return fmt::format("'{}' has an invalid % escape", name);
        const std::string_view wanted = take(name, value);
        if (wanted == kUnknown) return fmt::format("the parameter '{}' is unknown", name);
        if (!wanted.empty()) return fmt::format("'{}' must be {}", name, wanted);
    }
    return {};
}

constexpr std::string_view kBoolean = "true or false";
constexpr std::string_view kOffset = "a whole number";
constexpr std::string_view kLimit = "a whole number up to 10000";

}  // namespace

std::variant<TorrentQuery, std::string> parse_torrent_query(std::string_view text) {
    TorrentQuery query;
    std::string problem =
        walk(text, [&](std::string_view name, const std::string& value) -> std::string_view {
            if (name == "registered")
                return assign(query.filter.registered, yes_or_no(value)) ? "" : kBoolean;
            if (name == "details") return assign(query.details, yes_or_no(value)) ? "" : kBoolean;
            if (name == "offset") return assign(query.offset, number(value, SIZE_MAX)) ? "" : kOffset;
            if (name == "limit") return assign(query.limit, number(value, kMostListed)) ? "" : kLimit;
            if (name == "text") {
                query.filter.text = value;
                return "";
            }
            if (name != "sort") return "unknown";
            if (value != "newest" && value != "activity") return "newest or activity";
            query.filter.order = value == "newest" ? TorrentOrder::kNewest : TorrentOrder::kActivity;
            return "";
        });
    if (!problem.empty()) return problem;
    return query;
}

std::variant<PeerQuery, std::string> parse_peer_query(std::string_view text) {
    PeerQuery query;
    query.most = kMostListed;
    std::string problem =
        walk(text, [&](std::string_view name, const std::string& value) -> std::string_view {
            if (name == "state")
                return assign(query.filter, peer_filter(value))
                           ? ""
                           : "all, leecher, stalled, partial-seed, lost or seed";
            if (name == "offset") return assign(query.offset, number(value, SIZE_MAX)) ? "" : kOffset;
            if (name == "limit") return assign(query.most, number(value, kMostListed)) ? "" : kLimit;
            if (name != "site") return "unknown";
            query.site = value;
            return "";
        });
    if (!problem.empty()) return problem;
    return query;
}

}  // namespace shoal::tracker
