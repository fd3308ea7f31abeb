#include "common/progress_line.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ProgressBar, FillsItsCells) {
    EXPECT_EQ(progress_bar(0, 4), "[----]");
    EXPECT_EQ(progress_bar(0.5, 4), "[##--]");
    EXPECT_EQ(progress_bar(1, 4), "[####]");
    EXPECT_EQ(progress_bar(7, 4), "[####]");
    EXPECT_EQ(progress_bar(-1, 4), "[----]");
}

}  // namespace
}  // namespace shoal
