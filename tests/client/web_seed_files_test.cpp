#include "client/webseed/web_seed_files.hpp"

#include <gtest/gtest.h>

namespace shoal::webseed {
namespace {

manifest::FileEntry file(const std::string& path, std::uint64_t size, bool pad = false) {
    manifest::FileEntry entry;
    entry.path = path;
    entry.size = size;
    entry.pad = pad;
    return entry;
}

manifest::Manifest single() {
    manifest::Manifest one;
    one.name = "a b.bin";
    one.info_hash_v1 = std::string(40, '1');
    one.single_file = true;
    one.piece_size = 64;
    one.files = {file("a b.bin", 100)};
    return one;
}

manifest::Manifest folder() {
    manifest::Manifest set;
    set.name = "set";
    set.info_hash_v1 = std::string(40, '1');
    set.piece_size = 64;
    set.files = {file("empty", 0), file("a/x.dat", 50), file(".pad/14", 14, true), file("b#.dat", 70)};
    return set;
}

TEST(WebSeedFiles, AreWhereClientsLookForThem) {
    EXPECT_EQ(url_of("http://h/x.bin?sig=1", single(), single().files[0]), "http://h/x.bin?sig=1");
    EXPECT_EQ(url_of("http://h/dir/", single(), single().files[0]), "http://h/dir/a%20b.bin");
    EXPECT_EQ(url_of("http://h/dir", folder(), folder().files[3]), "http://h/dir/set/b%23.dat");
    EXPECT_EQ(url_of("http://h/dir/", folder(), folder().files[1]), "http://h/dir/set/a/x.dat");
}

TEST(WebSeedFiles, SamplesAreOfTheFirstAndTheLastThatHaveBytes) {
    const auto parts = samples("http://h/", folder());
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0].url, "http://h/set/a/x.dat");
    EXPECT_EQ(parts[0].length, 50u);
    EXPECT_EQ(parts[1].path, "set/b%23.dat");
    EXPECT_EQ(samples("http://h/x", single()).size(), 1u);
    EXPECT_TRUE(samples("http://h/x", manifest::Manifest{}).empty());
}

TEST(WebSeedFiles, APieceGoesOverTheEndsOfFiles) {
    const auto first = parts_of_piece("http://h/", folder(), 0);
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].length, 50u);
    EXPECT_TRUE(first[1].pad);
    EXPECT_EQ(first[1].length, 14u);
    const auto last = parts_of_piece("http://h/", folder(), 2);
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].offset, 64u);
    EXPECT_EQ(last[0].length, 6u);
    EXPECT_EQ(last[0].file_size, 70u);
}

TEST(WebSeedFiles, OfV2EachFileBeginsAPiece) {
    manifest::Manifest set = folder();
    set.info_hash_v1.clear();
    set.files = {file("empty", 0), file("a/x.dat", 50), file("b#.dat", 70)};
    const auto first = parts_of_piece("http://h/", set, 0);
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].length, 50u);
    const auto last = parts_of_piece("http://h/", set, 2);
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].url, "http://h/set/b%23.dat");
    EXPECT_EQ(last[0].offset, 64u);
    EXPECT_EQ(last[0].length, 6u);
    EXPECT_TRUE(parts_of_piece("http://h/", set, 3).empty());
}

TEST(WebSeedFiles, AFolderThatMovedAsAWholeHasOneNewPlace) {
    EXPECT_EQ(moved_base("https://m/mirror/set/a/x.dat", "set/a/x.dat"), "https://m/mirror/");
    EXPECT_EQ(moved_base("https://m/objects/1234", "set/a/x.dat"), std::nullopt);
    EXPECT_EQ(moved_base("https://m/set/a/x.dat?token=1", "set/a/x.dat"), std::nullopt)
        << "of this file alone";
    EXPECT_EQ(moved_base("https://m/x", ""), std::nullopt);
}

}  // namespace
}  // namespace shoal::webseed
