#include "torrentgen/manifest/path_filter.hpp"

#include <gtest/gtest.h>

namespace shoal::manifest {
namespace {

TEST(GlobMatches, WithoutASlashMatchesAnyElement) {
    EXPECT_TRUE(glob_matches("*.o", "a.o"));
    EXPECT_TRUE(glob_matches("*.o", "src/deep/a.o"));
    EXPECT_TRUE(glob_matches("build", "x/build/y/z"));
    EXPECT_TRUE(glob_matches("build/", "x/build/y/z"));
    EXPECT_FALSE(glob_matches("*.o", "a.obj"));
    EXPECT_FALSE(glob_matches("build", "rebuild/x"));
    EXPECT_TRUE(glob_matches("[ab]?.txt", "d/a1.txt"));
}

TEST(GlobMatches, WithASlashMatchesThePathOrAFolderAbove) {
    EXPECT_TRUE(glob_matches("src/*.c", "src/a.c"));
    EXPECT_TRUE(glob_matches("src/*.c", "src/deep/a.c"));
    EXPECT_TRUE(glob_matches("src/gen", "src/gen/a/b.c"));
    EXPECT_FALSE(glob_matches("src/*.c", "lib/src/a.c"));
}

TEST(PathFilter, TakesEverythingVisibleByDefault) {
    const PathFilter filter;
    EXPECT_TRUE(filter.takes_file("a/b"));
    EXPECT_FALSE(filter.takes_file("a/.b"));
    EXPECT_FALSE(filter.enters_folder(".git"));
    const PathFilter hidden{{}, {}, true};
    EXPECT_TRUE(hidden.takes_file("a/.b"));
    EXPECT_TRUE(hidden.enters_folder(".git"));
}

TEST(PathFilter, ExcludeWinsOverInclude) {
    const PathFilter filter{{"*.mkv"}, {"sample"}, false};
    EXPECT_TRUE(filter.takes_file("a/b.mkv"));
    EXPECT_FALSE(filter.takes_file("a/b.txt"));
    EXPECT_FALSE(filter.takes_file("sample/b.mkv"));
    EXPECT_FALSE(filter.enters_folder("sample"));
    EXPECT_TRUE(filter.enters_folder("other"));
}

}  // namespace
}  // namespace shoal::manifest
