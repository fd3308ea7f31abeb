#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace shoal::daemon {

/// Bytes a second; 0 is no limit.
struct Rates {
    std::uint64_t down = 0;
    std::uint64_t up = 0;
    bool operator==(const Rates&) const = default;
};

/// A moment of the week in local time.
struct WeekTime {
    int weekday = 0;  ///< 0 is Sunday, as in struct tm
    int minute = 0;   ///< after midnight
};

struct RateRule {
    unsigned days = 127;  ///< bit 0 is Sunday: the days on which the span begins
    int begin = 0;        ///< minutes after midnight
    int end = 0;          ///< up to, not including; at or before `begin`: on the next day
    Rates rates;

    [[nodiscard]] bool covers(WeekTime time) const;
};

/// "mon-fri 08:00-18:00 down=10MB/s up=2MB/s", "22:00-06:00 up=unlimited", "sat,sun 00:00-24:00 down=1MB/s".
/// A direction that is not named is not limited. Throws Error (kUsage) that quotes what is not understood.
RateRule parse_rate_rule(std::string_view text);

/// The rates of the first rule that covers `time`, or `otherwise`.
Rates scheduled_rates(const std::vector<RateRule>& rules, WeekTime time, Rates otherwise);

}  // namespace shoal::daemon
