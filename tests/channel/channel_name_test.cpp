#include "channel/channel_name.hpp"

#include <gtest/gtest.h>

namespace shoal::channel {
namespace {

TEST(ChannelName, IsPartsOfPlainCharacters) {
    for (const char* name : {"a", "camera/latest", "Models/v2.1_x-y", "0/1/2"})
        EXPECT_EQ(name_problem(name), "") << name;
    EXPECT_EQ(name_problem(std::string(64, 'a')), "");
}

TEST(ChannelName, LeadsNowhereElseOnADisk) {
    for (const char* name : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.b", "-a", "a b", "a\nb",
                             "a?b", "a\\b", "k\xc3\xa4se"})
        EXPECT_NE(name_problem(name), "") << name;
    EXPECT_NE(name_problem(std::string(65, 'a')), "");
    EXPECT_NE(name_problem(std::string("a\0b", 3)), "");
}

TEST(ChannelName, MakesTheNameOfAFile) {
    EXPECT_EQ(channel_file_name("camera/latest"), "camera-latest.channel");
}

}  // namespace
}  // namespace shoal::channel
