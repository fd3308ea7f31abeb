#include "client/content/file_selection.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "common/error.hpp"

namespace shoal::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Pieces of 10 bytes: a.bin 0-24, (padding 25-29), train/b.bin 30-34, train/c.json 35-59.
manifest::Manifest example() {
    manifest::Manifest manifest;
    manifest.name = "dataset";
    manifest.info_hash_v1 = std::string(40, '1');
    manifest.piece_size = 10;
    manifest.piece_count = 6;
    manifest.total_size = 55;
    manifest.files = {{"a.bin", 25, false, false, {}},
                      {".pad/5", 5, true, false, {}},
                      {"train/b.bin", 5, false, false, {}},
                      {"train/c.json", 25, false, false, {}}};
    return manifest;
}

TEST(FileSelection, TakesEverythingWithoutAGlob) {
    const FileSelection all = select_files(example(), {});
    EXPECT_TRUE(all.all);
    EXPECT_EQ(all.bytes, 55u);
    EXPECT_EQ(all.pieces, 6u);
    EXPECT_EQ(all.files, 3u);
    EXPECT_TRUE(all.choices.empty());
}

TEST(FileSelection, CountsFilesAndPiecesButNoPadding) {
    const FileSelection some = select_files(example(), {"*.bin"});
    EXPECT_FALSE(some.all);
    EXPECT_EQ(some.files, 2u);
    EXPECT_EQ(some.bytes, 30u);
    EXPECT_EQ(some.pieces, 4u);
    EXPECT_THAT(some.choices, ElementsAre(0, 0, -2));
    EXPECT_THAT(some.wanted, ElementsAre(true, false, true, false));
    const manifest::Manifest restricted = some.restrict(example());
    ASSERT_EQ(restricted.files.size(), 2u);
    EXPECT_EQ(restricted.files[1].path, "train/b.bin");
    EXPECT_EQ(restricted.total_size, 30u);
}

TEST(FileSelection, MatchesFoldersWholePathsAndTheRoot) {
    EXPECT_THAT(select_files(example(), {"train"}).choices, ElementsAre(-2, 0, 0));
    EXPECT_THAT(select_files(example(), {"train/*.json"}).choices, ElementsAre(-2, -2, 0));
    EXPECT_THAT(select_files(example(), {"dataset/train/b.bin"}).choices, ElementsAre(-2, 0, -2));
    EXPECT_THAT(select_files(example(), {"a.bin", "c.*"}).choices, ElementsAre(0, -2, 0));
    EXPECT_TRUE(select_files(example(), {"*"}).all);
}

TEST(FileSelection, TakesPlacesOfTheList) {
    EXPECT_THAT(select_places(example(), {{0, 0}}).choices, ElementsAre(0, -2, -2));
    EXPECT_THAT(select_places(example(), {{0, 1}, {3, 3}}).choices, ElementsAre(0, -2, 0));
    EXPECT_TRUE(select_places(example(), {{0, 3}}).all);
    EXPECT_TRUE(select_places(example(), {}).all);
    for (const Magnet::FileRange& bad : {Magnet::FileRange{1, 1}, {4, 4}, {2, 4'000'000'000}}) {
        try {
            select_places(example(), {bad});
            ADD_FAILURE() << bad.last;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kBadTorrent);
            EXPECT_THAT(error.what(),
                        HasSubstr(bad.last == 1 ? "nothing but padding" : "has 4 files, so=0 to so=3"));
        }
    }
}

TEST(FileSelection, NamesWhatIsThereWhereAGlobMatchesNothing) {
    try {
        select_files(example(), {"*.bin", "*.gguf"});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kUsage);
        EXPECT_THAT(error.what(), HasSubstr("*.gguf"));
        EXPECT_THAT(error.what(), HasSubstr("a.bin, train/b.bin, train/c.json"));
        EXPECT_THAT(error.what(), testing::Not(HasSubstr(".pad")));
    }
}

TEST(FileSelection, ListsOnlyTheFirstOfManyFiles) {
    manifest::Manifest many = example();
    many.files.clear();
    for (int i = 0; i < 200; ++i) many.files.push_back({fmt::format("f{}", i), 0, false, false, {}});
    EXPECT_THROW(
        {
            try {
                select_files(many, {"nothing"});
            } catch (const Error& error) {
                EXPECT_THAT(error.what(), HasSubstr("f9 and 190 more"));
                throw;
            }
        },
        Error);
}

TEST(FileSelection, FilesOfAV2ManifestStartTheirOwnPieces) {
    manifest::Manifest v2 = example();
    v2.info_hash_v1.clear();
    v2.info_hash_v2 = std::string(64, '2');
    v2.files.erase(v2.files.begin() + 1);
    v2.piece_count = 7;  // 3 + 1 + 3
    EXPECT_EQ(select_files(v2, {"c.json"}).pieces, 3u);
    EXPECT_EQ(select_files(v2, {"b.bin"}).pieces, 1u);
}

TEST(FileSelection, WholeFilesHaveAllTheirPieces) {
    manifest::Manifest set = example();
    set.piece_size = 10;
    set.files = {{"a", 15, false, false, {}},
                 {"pad", 5, true, false, {}},
                 {"b", 5, false, false, {}},
                 {"c", 10, false, false, {}},
                 {"empty", 0, false, false, {}}};
    set.piece_count = 4;
    EXPECT_EQ(whole_files(set, {true, true, true, false}), (std::vector<bool>{true, true, false, true}));
    EXPECT_EQ(whole_files(set, {false, true, true, true}), (std::vector<bool>{false, true, true, true}));
    EXPECT_EQ(whole_files(set, {}), (std::vector<bool>{false, false, false, true}));
}

TEST(FileSelection, OfASingleFileGoesByItsName) {
    manifest::Manifest single = example();
    single.single_file = true;
    single.name = "model.bin";
    single.files = {{"model.bin", 55, false, false, {}}};
    EXPECT_TRUE(select_files(single, {"*.bin"}).all);
    EXPECT_THROW(select_files(single, {"*.txt"}), Error);
}

}  // namespace
}  // namespace shoal::client
