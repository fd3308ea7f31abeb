#include "client/daemon/rate_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <sstream>
#include <string>

#include "common/error.hpp"
#include "common/units.hpp"

namespace shoal::daemon {
namespace {

constexpr int kMinutesADay = 24 * 60;
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

[[noreturn]] void refuse(std::string_view rule, std::string_view part) {
    throw Error(ExitCode::kUsage, fmt::format("rate rule '{}'", rule),
                fmt::format("'{}' is not understood", part),
                "write it like 'mon-fri 08:00-18:00 down=10MB/s up=2MB/s'");
}

std::optional<int> parse_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

/// "08:00" -> 480; "24:00" -> 1440.
std::optional<int> parse_time(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.size() - colon != 3) return std::nullopt;
    const auto hour = parse_number(text.substr(0, colon));
    const auto minute = parse_number(text.substr(colon + 1));
    if (!hour || !minute || *hour < 0 || *hour > 24 || *minute < 0 || *minute > 59) return std::nullopt;
    const int total = *hour * 60 + *minute;
    return total <= kMinutesADay ? std::optional(total) : std::nullopt;
}

std::optional<int> parse_day(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto* const found = std::find(kDays.begin(), kDays.end(), lower);
    if (found == kDays.end()) return std::nullopt;
    return static_cast<int>(found - kDays.begin());
}

/// "mon-fri", "sat,sun", "fri-mon"
std::optional<unsigned> parse_days(std::string_view text) {
    unsigned days = 0;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto dash = part.find('-');
        const auto first = parse_day(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_day(part.substr(dash + 1));
        if (!first || !last) return std::nullopt;
        for (int day = *first;; day = (day + 1) % 7) {
            days |= 1u << day;
            if (day == *last) break;
        }
    }
    return days == 0 ? std::nullopt : std::optional(days);
}

bool parse_span(std::string_view text, RateRule& rule) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return false;
    const auto begin = parse_time(text.substr(0, dash));
    const auto end = parse_time(text.substr(dash + 1));
    if (!begin || !end || *begin == kMinutesADay) return false;
    rule.begin = *begin;
    rule.end = *end;
    return true;
}

bool parse_rate_part(std::string_view text, Rates& rates) {
    const bool down = text.starts_with("down=");
    if (!down && !text.starts_with("up=")) return false;
    const auto rate = parse_rate(text.substr(text.find('=') + 1));
    if (!rate) return false;
    (down ? rates.down : rates.up) = *rate;
    return true;
}

}  // namespace

bool RateRule::covers(WeekTime time) const {
    const auto on = [this](int weekday) { return (days >> weekday & 1) != 0; };
    if (begin < end) return on(time.weekday) && time.minute >= begin && time.minute < end;
    const int yesterday = (time.weekday + 6) % 7;
    return (on(time.weekday) && time.minute >= begin) || (on(yesterday) && time.minute < end);
}

RateRule parse_rate_rule(std::string_view text) {
    RateRule rule;
    bool has_span = false;
    bool has_rate = false;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (word.find('=') != std::string::npos) {
            if (!parse_rate_part(word, rule.rates)) refuse(text, word);
            has_rate = true;
        } else if (word.find(':') != std::string::npos) {
            if (has_span || !parse_span(word, rule)) refuse(text, word);
            has_span = true;
        } else {
            const auto days = parse_days(word);
            if (!days) refuse(text, word);
            rule.days = *days;
        }
    }
    if (!has_span) refuse(text, "no time of day");
    if (!has_rate) refuse(text, "no rate");
    return rule;
}

Rates scheduled_rates(const std::vector<RateRule>& rules, WeekTime time, Rates otherwise) {
    const auto found =
        std::find_if(rules.begin(), rules.end(), [time](const RateRule& rule) { return rule.covers(time); });
    return found == rules.end() ? otherwise : found->rates;
}

}  // namespace shoal::daemon
