#include "common/printable.hpp"

#include <gtest/gtest.h>

#include "common/error.hpp"

namespace shoal {
namespace {

TEST(Printable, LeavesWordsOfEveryLanguageAlone) {
    for (const char* text :
         {"", "model.bin", "\xc3\xa4 \xe6\xa8\xa1\xe5\x9e\x8b \xf0\x9f\x90\x9f", "a\\b: 'c'"})
        EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsWhatWouldActOnATerminalAsMarks) {
    EXPECT_EQ(printable("bad \x1b[31m\n line2\r\t\x7f"), "bad \\x1b[31m\\x0a line2\\x0d\\x09\\x7f");
    EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
    EXPECT_EQ(printable("\xff\xfe \xc3"), "\\xff\\xfe \\xc3");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b31m");  // CSI in one character
    EXPECT_EQ(printable("txt.\xe2\x80\xae"
                        "exe"),
              "txt.\\u202eexe");
    EXPECT_EQ(printable("\xe2\x81\xa6"
                        "a\xe2\x80\xa8"
                        "b"),
              "\\u2066a\\u2028b");
}

TEST(Printable, CutsWhatIsLong) {
    EXPECT_EQ(printable("abcdef", 6), "abcdef");
    EXPECT_EQ(printable("abcdefg", 6), "abcdef...");
    EXPECT_EQ(printable("\xc3\xa4\xc3\xa4\xc3\xa4", 2), "\xc3\xa4\xc3\xa4...");
    EXPECT_LT(printable(std::string(100'000, 'x'), 500).size(), 510u);
}

TEST(Printable, KeepsEveryErrorOnOneLineOfSomeLength) {
    const Error error(ExitCode::kFailed, "a\nb", std::string(100'000, 'x') + "\x1b[0m", "do\rit");
    const std::string text = error.what();
    EXPECT_EQ(text.find_first_of("\n\r\x1b"), std::string::npos);
    EXPECT_EQ(text.substr(0, 6), "a\\x0ab");
    EXPECT_LT(text.size(), 5000u);
    EXPECT_EQ(text.substr(text.size() - 8), "do\\x0dit");
}

}  // namespace
}  // namespace shoal
