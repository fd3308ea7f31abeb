#include "channel/bencode_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"

namespace shoal::channel {
namespace {

using testing::HasSubstr;

std::int64_t number(std::string_view text) {
    BencodeReader in(text, "it");
    const std::int64_t out = in.number();
    in.finish();
    return out;
}

std::string string(std::string_view text, std::size_t most = 100) {
    BencodeReader in(text, "it");
    std::string out(in.string(most));
    in.finish();
    return out;
}

TEST(BencodeReader, ReadsNumbers) {
    EXPECT_EQ(number("i0e"), 0);
    EXPECT_EQ(number("i9223372036854775807e"), 9223372036854775807);
}

TEST(BencodeReader, RefusesEveryOtherWayToWriteANumber) {
    for (const char* text : {"", "i", "ie", "i-1e", "i-0e", "i00e", "i01e", "i+1e", "i 1e", "i1", "i1.0e",
                             "i9223372036854775808e", "i99999999999999999999999e", "1:1", "i1ee"})
        EXPECT_THROW(number(text), Error) << text;
}

TEST(BencodeReader, ReadsStrings) {
    EXPECT_EQ(string("0:"), "");
    EXPECT_EQ(string("3:a:e"), "a:e");
}

TEST(BencodeReader, RefusesStringsThatAreCutLongOrWrittenInAnotherWay) {
    for (const char* text : {"", "3", "3:ab", "03:abc", "-1:a", ":a", "4:abcde", "18446744073709551615:a",
                             "9223372036854775807:a", "i3e"})
        EXPECT_THROW(string(text), Error) << text;
    EXPECT_THROW(string("3:abc", 2), Error);
}

TEST(BencodeReader, RefusesKeysThatAreUnknownMissingOrOutOfOrder) {
    const auto read = [](std::string_view text) {
        BencodeReader in(text, "it");
        in.begin_dict();
        const bool there = in.optional_key("a");
        if (there) in.number();
        in.number_of("b");
        in.end();
        in.finish();
        return there;
    };
    EXPECT_TRUE(read("d1:ai1e1:bi2ee"));
    EXPECT_FALSE(read("d1:bi2ee"));
    for (const char* text : {"de", "d1:ai1ee", "d1:bi2e1:ai1ee", "d1:bi2e1:ci3ee", "d1:ai1e1:ai1e1:bi2ee",
                             "d1:bi2e1:bi2ee", "d01:bi2ee", "d1:b1:2e"})
        EXPECT_THROW(read(text), Error) << text;
}

TEST(BencodeReader, TellsWhereItStopped) {
    try {
        number("i1x");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("it: 'e' is missing (at byte 2)"));
        EXPECT_EQ(error.code(), ExitCode::kRefused);
    }
}

}  // namespace
}  // namespace shoal::channel
