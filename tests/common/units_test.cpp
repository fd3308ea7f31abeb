#include "common/units.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(ParseSize, TakesBinaryDecimalAndBareUnits) {
    EXPECT_EQ(parse_size("5MiB"), 5u * 1024 * 1024);
    EXPECT_EQ(parse_size("5MB"), 5'000'000u);
    EXPECT_EQ(parse_size("1G"), 1u << 30);
    EXPECT_EQ(parse_size("16 KiB"), 16'384u);
    EXPECT_EQ(parse_size("1.5k"), 1536u);
    EXPECT_EQ(parse_size("0"), 0u);
    EXPECT_EQ(parse_size("17b"), 17u);
}

TEST(ParseSize, RejectsWhatIsNotASize) {
    for (const char* bad :
         {"", "MiB", "-1", "5XB", "5MiBB", "5 5", "nan", "1e400", "99999999999G", "5Mi/s"}) {
        EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
    }
}

TEST(ParseRate, TakesBytesAndBits) {
    EXPECT_EQ(parse_rate("300MB/s"), 300'000'000u);
    EXPECT_EQ(parse_rate("40Gbit/s"), 5'000'000'000u);
    EXPECT_EQ(parse_rate("8Mbitps"), 1000000u);
    EXPECT_EQ(parse_rate("100mbit"), 12'500'000u);
    EXPECT_EQ(parse_rate("2MiB"), 2u * 1024 * 1024);
    EXPECT_EQ(parse_rate("unlimited"), 0u);
    EXPECT_EQ(parse_rate("fast"), std::nullopt);
}

TEST(ParseDuration, TakesSumsAndBareSeconds) {
    EXPECT_EQ(parse_duration("30s"), 30s);
    EXPECT_EQ(parse_duration("10m"), 10min);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("0"), 0ms);
    EXPECT_EQ(parse_duration("2.5"), 2500ms);
    for (const char* bad : {"", "s", "5x", "1h30", "-1s", "1e99d"})
        EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
}

TEST(Format, WritesWhatPeopleRead) {
    EXPECT_EQ(format_size(17), "17 B");
    EXPECT_EQ(format_size(5242880), "5.00 MiB");
    EXPECT_EQ(format_exact_size(5242880), "5MiB");
    EXPECT_EQ(format_exact_size(5000000), "5000000B");
    EXPECT_EQ(format_rate(312.5e6), "312.5 MB/s");
    EXPECT_EQ(format_rate(-1), "0 B/s");
    EXPECT_EQ(format_duration(400ms), "0.4s");
    EXPECT_EQ(format_duration(185s), "3m05s");
    EXPECT_EQ(format_duration(2h + 7min), "2h07m");
    EXPECT_EQ(format_duration(76h), "3d04h");
    EXPECT_EQ(count_of(1, "peer"), "1 peer");
    EXPECT_EQ(count_of(0, "peer"), "0 peers");
}

}  // namespace
}  // namespace shoal
