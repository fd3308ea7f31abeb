#include "torrentgen/manifest/path_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shoal::manifest {
namespace {

TEST(NameProblem, AcceptsOrdinaryNames) {
    for (const std::string name :
         {"a", "a b", ".hidden", "...", "a..b", "ünïcödé", "日本語", "🐟.bin", "a:b", "%s", "~"}) {
        EXPECT_FALSE(name_problem(name)) << name;
    }
    EXPECT_FALSE(name_problem(std::string(kMaxNameBytes, 'x')));
}

TEST(NameProblem, RefusesWhatAFileSystemOrLibtorrentWouldChange) {
    using namespace std::string_literals;
    for (const std::string& name : {""s, "."s, ".."s, "a/b"s, "/etc"s, "a\\b"s, "a\0b"s, "a\nb"s, "\x1b[31m"s,
                                    "\xff"s, "\xc3"s, "\xc0\xaf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s,
                                    "a\xe2\x80\xae"s
                                    "b"s,
                                    std::string(kMaxNameBytes + 1, 'x')}) {
        EXPECT_TRUE(name_problem(name)) << escaped(name);
    }
}

TEST(PathLess, ComparesElementByElement) {
    EXPECT_TRUE(path_less("a/b", "a.txt"));
    EXPECT_TRUE(path_less("a", "a/b"));
    EXPECT_TRUE(path_less("a/z", "b"));
    EXPECT_TRUE(path_less("Z", "a"));
    EXPECT_TRUE(path_less("a", "\xc3\xa4"));
    EXPECT_FALSE(path_less("a", "a"));
    EXPECT_FALSE(path_less("a.txt", "a/b"));
}

TEST(SplitPath, KeepsEmptyElements) {
    using Elements = std::vector<std::string_view>;
    EXPECT_EQ(split_path("a/b/c"), (Elements{"a", "b", "c"}));
    EXPECT_EQ(split_path("a"), (Elements{"a"}));
    EXPECT_EQ(split_path("/a//"), (Elements{"", "a", "", ""}));
}

TEST(Escaped, ShowsWhatATerminalWouldObey) {
    EXPECT_EQ(escaped("ä\x1b[2J\n\xff"), "ä\\x1b[2J\\x0a\\xff");
}

}  // namespace
}  // namespace shoal::manifest
