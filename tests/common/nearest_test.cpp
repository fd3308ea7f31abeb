#include "common/cli/nearest.hpp"

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
}

TEST(Nearest, SuggestsNothingFarFetched) {
    EXPECT_EQ(nearest("x", kKnown), std::nullopt);
    EXPECT_EQ(nearest("", kKnown), std::nullopt);
    EXPECT_EQ(nearest("weather", kKnown), std::nullopt);
    EXPECT_EQ(nearest("interval", {}), std::nullopt);
}

}  // namespace
}  // namespace shoal
