#include "common/nearest.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const std::vector<std::string> kKnown{"interval", "max-interval", "numwant", "db"};

TEST(Nearest, FindsTheWordThatWasMeant) {
    EXPECT_EQ(nearest("intervall", kKnown), "interval");
    EXPECT_EQ(nearest("max_interval", kKnown), "max-interval");
    EXPECT_EQ(nearest("num-want", kKnown), "numwant");
    EXPECT_EQ(nearest("dd", kKnown), "db");
    EXPECT_EQ(nearest("interval", kKnown), "interval");
    EXPECT_EQ(nearest("gte", {"seed", "get"}), "get") << "two letters swapped are one mistake";
}

TEST(Nearest, CompletesWhatOnlyOneBeginsWith) {
    EXPECT_EQ(nearest("max-", kKnown), "max-interval");
    EXPECT_EQ(nearest("max", {"max-peers", "max-interval"}), std::nullopt);
    EXPECT_EQ(nearest("m", kKnown), std::nullopt) << "too short to mean something";
}

TEST(Nearest, SuggestsNothingFarFetched) {
    EXPECT_EQ(nearest("x", kKnown), std::nullopt);
    EXPECT_EQ(nearest("", kKnown), std::nullopt);
    EXPECT_EQ(nearest("weather", kKnown), std::nullopt);
    EXPECT_EQ(nearest("interval", {}), std::nullopt);
}

}  // namespace
}  // namespace shoal
