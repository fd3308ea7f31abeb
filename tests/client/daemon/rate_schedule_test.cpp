#include "client/daemon/rate_schedule.hpp"

#include <gtest/gtest.h>

#include "common/error.hpp"

namespace shoal::daemon {
namespace {

constexpr int at(int hour, int minute = 0) {
    return hour * 60 + minute;
}

TEST(RateSchedule, ReadsARule) {
    const RateRule rule = parse_rate_rule("mon-fri 08:00-18:30 down=10MB/s up=2MB/s");
    EXPECT_EQ(rule.days, 0b0111110u);
    EXPECT_EQ(rule.begin, at(8));
    EXPECT_EQ(rule.end, at(18, 30));
    EXPECT_EQ(rule.rates, (Rates{10'000'000, 2'000'000}));
    EXPECT_EQ(parse_rate_rule("22:00-06:00 up=unlimited").days, 127u);
    EXPECT_EQ(parse_rate_rule("Sat,SUN 00:00-24:00 down=1MB/s").days, 0b1000001u);
    EXPECT_EQ(parse_rate_rule("fri-mon 00:00-01:00 up=1").days, 0b1100011u);
}

TEST(RateSchedule, RefusesWhatItDoesNotUnderstand) {
    for (const char* text : {"",
                             "mon",
                             "08:00-18:00",
                             "mon down=1",
                             "8-18 down=1",
                             "08:00-25:00 down=1",
                             "24:00-08:00 up=1",
                             "08:00-18:60 up=1",
                             "someday 08:00-18:00 up=1",
                             "08:00-18:00 up=fast",
                             "08:00-18:00 sideways=1",
                             "08:00-09:00 10:00-11:00 up=1",
                             "mon-xyz 08:00-09:00 up=1",
                             "08:0-9:00 up=1",
                             "-1:00-02:00 up=1",
                             "71582789:00-10:00 down=1MB/s",
                             "10:00-2147483647:00 down=1",
                             "24:01-10:00 down=1",
                             "00:00-24:01 down=1",
                             "99999999999:00-10:00 down=1"}) {
        EXPECT_THROW(parse_rate_rule(text), Error) << text;
    }
}

TEST(RateSchedule, CoversItsSpanAndNotTheEnd) {
    const RateRule rule = parse_rate_rule("mon 08:00-18:00 down=1");
    EXPECT_FALSE(rule.covers({1, at(7, 59)}));
    EXPECT_TRUE(rule.covers({1, at(8)}));
    EXPECT_TRUE(rule.covers({1, at(17, 59)}));
    EXPECT_FALSE(rule.covers({1, at(18)}));
    EXPECT_FALSE(rule.covers({2, at(9)}));
}

TEST(RateSchedule, ANightBelongsToTheDayOnWhichItBegins) {
    const RateRule night = parse_rate_rule("sat 22:00-06:00 down=1");
    EXPECT_TRUE(night.covers({6, at(23)}));
    EXPECT_TRUE(night.covers({0, at(5, 59)}));
    EXPECT_FALSE(night.covers({0, at(6)}));
    EXPECT_FALSE(night.covers({0, at(23)}));
    EXPECT_FALSE(night.covers({6, at(5)}));
}

TEST(RateSchedule, AWholeDay) {
    const RateRule day = parse_rate_rule("sun 00:00-24:00 down=1");
    EXPECT_TRUE(day.covers({0, 0}));
    EXPECT_TRUE(day.covers({0, at(23, 59)}));
    EXPECT_FALSE(day.covers({1, 0}));
}

TEST(RateSchedule, TheFirstRuleWins) {
    const std::vector<RateRule> rules{parse_rate_rule("mon 12:00-13:00 down=unlimited"),
                                      parse_rate_rule("08:00-18:00 down=5MB/s")};
    EXPECT_EQ(scheduled_rates(rules, {1, at(12, 30)}, {1, 1}), (Rates{0, 0}));
    EXPECT_EQ(scheduled_rates(rules, {2, at(12, 30)}, {1, 1}), (Rates{5'000'000, 0}));
    EXPECT_EQ(scheduled_rates(rules, {2, at(20)}, {1, 1}), (Rates{1, 1}));
}

}  // namespace
}  // namespace shoal::daemon
