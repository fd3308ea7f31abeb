#include "torrentgen/manifest/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>

#include "common/error.hpp"
#include "tests/torrentgen/content_fixture.hpp"

namespace shoal::manifest {
namespace {

using shoal::test::TemporaryFolder;
using test::make_tree;
using test::noise;
using test::write;
using ::testing::ElementsAre;

class Verify : public ::testing::TestWithParam<Format> {
  protected:
    std::string manifest_of(const std::filesystem::path& content) {
        CreateOptions options;
        options.content = content;
        options.format = GetParam();
        options.piece_size = 32768;
        return create_manifest(options, {}).bytes;
    }
    static VerifyReport verify(const std::string& manifest, const std::filesystem::path& path) {
        return verify_content(manifest, "test", path, 2, {});
    }
    static void flip(const std::filesystem::path& path, std::streamoff at) {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(at);
        const auto byte = static_cast<char>(file.get() ^ 1);
        file.seekp(at);
        file.put(byte);
    }
    TemporaryFolder folder_;
};

TEST_P(Verify, AcceptsTheContentItself) {
    const auto root = make_tree(folder_);
    const std::string manifest = manifest_of(root);
    for (const auto& path : {root, root.parent_path()}) {
        const VerifyReport report = verify(manifest, path);
        EXPECT_TRUE(report.matches());
        EXPECT_EQ(report.pieces_good, report.manifest.piece_count);
    }
}

TEST_P(Verify, AcceptsASingleFileOrItsFolder) {
    write(folder_ / "f", noise(100'000, 1));
    const std::string manifest = manifest_of(folder_ / "f");
    EXPECT_TRUE(verify(manifest, folder_ / "f").matches());
    EXPECT_TRUE(verify(manifest, folder_.path()).matches());
    std::filesystem::rename(folder_ / "f", folder_ / "other");
    EXPECT_TRUE(verify(manifest, folder_ / "other").matches());
    EXPECT_EQ(verify(manifest, folder_.path()).files.at(0).state, FileState::kMissing);
}

TEST_P(Verify, NamesThePieceOfAFlippedBit) {
    write(folder_ / "f", noise(200'000, 1));
    const std::string manifest = manifest_of(folder_ / "f");
    flip(folder_ / "f", 3 * 32768);
    flip(folder_ / "f", 5 * 32768 - 1);
    flip(folder_ / "f", 199'999);
    const VerifyReport report = verify(manifest, folder_ / "f");
    EXPECT_THAT(report.bad_pieces, ElementsAre(PieceRange{3, 4}, PieceRange{6, 6}));
    EXPECT_EQ(report.pieces_good, 4u);
    ASSERT_EQ(report.files.size(), 1u);
    EXPECT_EQ(report.files[0].state, FileState::kDiffers);
    EXPECT_EQ(report.files[0].pieces, report.bad_pieces);
}

TEST_P(Verify, JudgesAFileWithoutAPieceLayerAsAWhole) {
    const auto root = make_tree(folder_);
    std::string manifest = manifest_of(root);
    const auto at = manifest.find("12:piece layers");
    if (GetParam() == Format::kV1) {
        EXPECT_EQ(at, std::string::npos);
        return;
    }
    manifest.replace(at, 15, "12:piece layerz");
    EXPECT_TRUE(verify(manifest, root).matches());
    flip(root / "z" / "last", 3 * 32768);
    const VerifyReport report = verify(manifest, root);
    ASSERT_EQ(report.files.size(), 1u);
    EXPECT_EQ(report.files[0].path, "z/last");
    // The hashes of v1 name the piece, the root of v2 only the file.
    std::uint32_t bad = 0;
    for (const PieceRange& range : report.files[0].pieces) bad += range.last - range.first + 1;
    EXPECT_EQ(bad, GetParam() == Format::kHybrid ? 1u : 7u);
    EXPECT_EQ(report.found_layers.size(), 3u);
}

TEST_P(Verify, TellsMissingShorterLongerAndUnreadableFilesApart) {
    const auto root = make_tree(folder_);
    const std::string manifest = manifest_of(root);
    std::filesystem::remove(root / "a" / "z");
    std::filesystem::remove(root / "empty");
    std::filesystem::resize_file(root / "b", 50'000);
    std::filesystem::resize_file(root / "z" / "last", 200'002);
    std::filesystem::remove(root / "Z");
    std::filesystem::create_directory(root / "Z");
    const VerifyReport report = verify(manifest, root);
    std::map<std::string, FileState> states;
    for (const auto& file : report.files) states[file.path] = file.state;
    EXPECT_EQ(states["a/z"], FileState::kMissing);
    EXPECT_EQ(states["empty"], FileState::kMissing);
    EXPECT_EQ(states["b"], FileState::kWrongSize);
    EXPECT_EQ(states["z/last"], FileState::kWrongSize);
    EXPECT_EQ(states["Z"], FileState::kUnreadable);
    if (GetParam() == Format::kV1) {
        // One byte, in a piece that begins with the end of "Z": nobody can tell whether it is right.
        EXPECT_EQ(states["a/sub/ünï"], FileState::kUncertain);
    } else {
        EXPECT_FALSE(states.contains("a/sub/ünï"));
    }
    EXPECT_FALSE(report.matches());
}

TEST_P(Verify, RefusesPathsThatAreNotThereAtAll) {
    const auto root = make_tree(folder_);
    const std::string manifest = manifest_of(root);
    EXPECT_THROW(verify(manifest, folder_ / "missing"), Error);
    EXPECT_THROW(verify(manifest, root / "b"), Error);
    EXPECT_THROW(verify(manifest.substr(1), root), Error);
}

std::string test_name(const ::testing::TestParamInfo<Format>& tested) {
    constexpr std::array kNames{"V1", "Hybrid", "V2"};
    return kNames[static_cast<std::size_t>(tested.param)];
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, Verify, ::testing::Values(Format::kV1, Format::kHybrid, Format::kV2),
                         test_name);

}  // namespace
}  // namespace shoal::manifest
