#include "tracker/web/registration.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/error.hpp"
#include "tests/torrentgen/content_fixture.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::tracker {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view body) {
    try {
        read_registration(body);
    } catch (const Error& failure) {
        EXPECT_EQ(failure.code(), body.starts_with('{') ? ExitCode::kUsage : ExitCode::kBadTorrent);
        return failure.what();
    }
    return "taken";
}

TEST(ReadRegistration, TakesWhatTorrentgenMakes) {
    const test::TemporaryFolder folder;
    const auto tree = manifest::test::make_tree(folder);
    std::filesystem::create_symlink("a.txt", tree / "link");
    for (const auto& content : {tree, tree / "b"}) {
        for (const auto format : {manifest::Format::kV1, manifest::Format::kHybrid, manifest::Format::kV2}) {
            manifest::CreateOptions options;
            options.content = content;
            options.format = format;
            options.piece_size = 16384;
            options.symlinks = manifest::Symlinks::kKeep;
            const std::string bytes = create_manifest(options, {}).bytes;
            const manifest::Manifest expected = manifest::parse_manifest(bytes, "x");
            const Registration torrent = read_registration(bytes);
            EXPECT_EQ(torrent.name, expected.name);
            EXPECT_EQ(torrent.size, expected.total_size);
            std::vector<std::string> hashes;
            for (const std::string& hash : {expected.info_hash_v1, expected.info_hash_v2.substr(0, 40)})
                if (!hash.empty()) hashes.push_back(hash);
            ASSERT_EQ(torrent.info_hashes.size(), hashes.size());
            for (std::size_t i = 0; i < hashes.size(); ++i)
                EXPECT_EQ(torrent.info_hashes[i].hex(), hashes[i]);
        }
    }
}

TEST(ReadRegistration, KnowsNoV1HashOfATorrentWithoutV1Files) {
    // Its "pieces" belong to no list of v1: nobody announces such a hash.
    const Registration torrent = read_registration(
        "d4:infod9:file treed1:md0:d6:lengthi7e11:pieces root32:" + std::string(32, 'r') +
        "eee12:meta versioni2e4:name1:m12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee");
    EXPECT_EQ(torrent.info_hashes.size(), 1u);
    // sha256sum of the info dictionary's text
    EXPECT_EQ(torrent.info_hashes.at(0).hex(), "2368e1f207367d50910442dca0ff00c5a7d1baa8");
    EXPECT_EQ(torrent.size, 7u);
}

TEST(ReadRegistration, LeavesOutPadding) {
    EXPECT_EQ(read_registration(
                  "d4:infod5:filesld6:lengthi7e4:pathl1:aeed4:attr1:p6:lengthi9e4:pathl1:peed6:lengthi5e4:"
                  "pathl1:beee4:name1:d12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee")
                  .size,
              12u);
}

TEST(ReadRegistration, SaysWhatIsWrong) {
    const std::string good =
        "d4:infod6:lengthi5e4:name1:m12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    EXPECT_EQ(refusal(good), "taken");
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_NE(refusal(good.substr(0, cut)), "taken") << cut;
    EXPECT_THAT(refusal(good + "x"), HasSubstr("the body: not a valid torrent: 1 bytes follow its end"));
    EXPECT_EQ(read_registration(good + "\n").info_hashes, read_registration(good).info_hashes)
        << "an editor's line break means nothing";
    EXPECT_THAT(
        refusal("d4:infod6:lengthi5e4:name2:..12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee"),
        HasSubstr("unsafe path: '..'"));
    EXPECT_THAT(refusal("d4:infod6:lengthi5e4:name4:\u202e1"
                        "12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee"),
                HasSubstr("direction of writing"));
    EXPECT_THAT(refusal(std::string(100'000, 'l')), HasSubstr("not a bencoded dictionary"));
}

TEST(ReadRegistration, TakesHashNameAndSizeAlone) {
    const std::string v1(40, 'a');
    const std::string v2(64, 'B');
    const Registration torrent =
        read_registration("{\"info_hash\": \"" + v1 + "\", \"name\": \"model é\", \"size\": 5000000000}");
    ASSERT_EQ(torrent.info_hashes.size(), 1u);
    EXPECT_EQ(torrent.info_hashes[0].hex(), v1);
    EXPECT_EQ(torrent.name, "model é");
    EXPECT_EQ(torrent.size, 5'000'000'000u);
    const Registration hybrid = read_registration(" \n{\"info_hashes\":[\"" + v1 + "\",\"" + v2 +
                                                  "\"],\"name\":\"m\",\"size\":281474976710655}");
    ASSERT_EQ(hybrid.info_hashes.size(), 2u);
    EXPECT_EQ(hybrid.info_hashes[1].hex(), std::string(40, 'b'));
}

TEST(ReadRegistration, SaysWhatIsWrongWithJson) {
    const auto with = [](std::string_view hash, std::string_view name, std::string_view size) {
        return refusal("{\"info_hash\":" + std::string(hash) + ",\"name\":" + std::string(name) +
                       ",\"size\":" + std::string(size) + "}");
    };
    const std::string hash = fmt::format("\"{}\"", std::string(40, 'a'));
    EXPECT_EQ(with(hash, "\"m\"", "1"), "taken");
    EXPECT_THAT(with("\"abc\"", "\"m\"", "1"), HasSubstr("40 hex digits, or 64 of v2"));
    EXPECT_THAT(with("7", "\"m\"", "1"), HasSubstr("40 hex digits"));
    for (const std::string name : {"7", "\"\"", "\"..\"", "\"a/b\"", "\"a\\u0000\"", "\"\\u202Efdp.exe\""})
        EXPECT_THAT(with(hash, name, "1"), HasSubstr("name")) << name;
    for (const std::string size : {"0", "-1", "1.5", "\"1\"", "281474976710656", "1e3", "null"})
        EXPECT_THAT(with(hash, "\"m\"", size), HasSubstr("'size'")) << size;
    EXPECT_THAT(refusal("{}"), HasSubstr("one of 'info_hash' and 'info_hashes'"));
    EXPECT_THAT(
        refusal("{\"info_hash\":" + hash + ",\"info_hashes\":[" + hash + "],\"name\":\"m\",\"size\":1}"),
        HasSubstr("one of"));
    EXPECT_THAT(refusal("{\"info_hashes\":[],\"name\":\"m\",\"size\":1}"), HasSubstr("one or two"));
    EXPECT_THAT(refusal("{\"info_hash\":" + hash + ",\"nmae\":\"m\",\"size\":1}"),
                HasSubstr("'nmae' is unknown"));
    EXPECT_THAT(refusal("{\"info_hash\":"), HasSubstr("not valid JSON"));
    EXPECT_THAT(refusal(fmt::format("{{{:5000}", "")), HasSubstr("longer than 4096"));
}

}  // namespace
}  // namespace shoal::tracker
