#include "client/content/overlap.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace shoal::client {
namespace {

namespace fs = std::filesystem;

ContentPlace place(const fs::path& folder, const std::string& name, std::vector<std::string> files = {}) {
    return {folder, name, [files] { return files; }};
}

TEST(ContentPlace, MeetsOneOfTheSameName) {
    EXPECT_TRUE(overlap(place("/srv/a", "model.bin"), place("/srv/a", "model.bin")));
    EXPECT_TRUE(overlap(place("/srv/a", "model.bin"), place("/srv/b/../a/", "model.bin")));
    EXPECT_FALSE(overlap(place("/srv/a", "model.bin"), place("/srv/b", "model.bin")));
    EXPECT_FALSE(overlap(place("/srv/a", "model.bin"), place("/srv/a", "model.bi")));
}

TEST(ContentPlace, MeetsWhatWritesIntoItsFolder) {
    const ContentPlace set = place("/srv", "set", {"a.bin", "train/b.bin"});
    for (const auto& [lower, meets] :
         {std::pair{place("/srv/set", "a.bin"), true}, std::pair{place("/srv/set", "train", {"c"}), true},
          std::pair{place("/srv/set/train", "b.bin"), true}, std::pair{place("/srv/set/a.bin", "x"), true},
          std::pair{place("/srv/set", "new.bin"), false}, std::pair{place("/srv/set/train", "c.bin"), false},
          std::pair{place("/srv", "set2"), false}}) {
        EXPECT_EQ(overlap(set, lower), meets) << lower.folder << ' ' << lower.name;
        EXPECT_EQ(overlap(lower, set), meets) << lower.folder << ' ' << lower.name;
    }
}

TEST(ContentPlace, FollowsLinksToItsFolder) {
    test::TemporaryFolder folder;
    fs::create_directory(folder / "real");
    fs::create_directory_symlink(folder / "real", folder / "link");
    EXPECT_TRUE(overlap(place(folder / "real", "x"), place(folder / "link", "x")));
}

TEST(ContentPlace, KnowsWhatWouldHaveToBeMade) {
    test::TemporaryFolder folder;
    fs::create_directory(folder / "a");
    EXPECT_EQ(first_missing(folder / "a"), fs::path());
    EXPECT_EQ(first_missing(folder / "a/b/c"), folder / "a/b");
    EXPECT_EQ(first_missing(folder / "x"), folder / "x");
}

TEST(ContentPlace, ListsTheFoldersUpToAnotherTheLowestFirst) {
    EXPECT_EQ(folders_up_to("/srv/a/b", "/srv/a"), (std::vector<fs::path>{"/srv/a/b", "/srv/a"}));
    EXPECT_EQ(folders_up_to("/srv/a/b/", "/srv/a/b"), (std::vector<fs::path>{"/srv/a/b"}));
    EXPECT_TRUE(folders_up_to("/srv/a", "").empty());
    EXPECT_TRUE(folders_up_to("/srv/a", "/srv/b").empty());
}

}  // namespace
}  // namespace shoal::client
