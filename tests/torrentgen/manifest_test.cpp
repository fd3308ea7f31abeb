#include "torrentgen/manifest/manifest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/error.hpp"
#include "tests/torrentgen/content_fixture.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/verify.hpp"

namespace shoal::manifest {
namespace {

using shoal::test::TemporaryFolder;
using test::make_tree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string text(std::string_view value) {
    return fmt::format("{}:{}", value.size(), value);
}

/// A v1 manifest of one piece around the given info keys.
std::string single(std::string_view length = "i5e", std::string_view name = "f",
                   std::string_view piece = "i16384e", std::size_t hash_bytes = 20) {
    return fmt::format("d4:infod6:length{}4:name{}12:piece length{}6:pieces{}ee", length, text(name), piece,
                       text(std::string(hash_bytes, 'h')));
}

std::string file(std::initializer_list<std::string_view> path, std::string_view size = "5") {
    std::string elements;
    for (const auto element : path) elements += text(element);
    return fmt::format("d6:lengthi{}e4:pathl{}ee", size, elements);
}

std::string multi(std::initializer_list<std::string> files, std::size_t hash_bytes = 20) {
    std::string list;
    for (const auto& entry : files) list += entry;
    return fmt::format("d4:infod5:filesl{}e4:name1:r12:piece lengthi16384e6:pieces{}ee", list,
                       text(std::string(hash_bytes, 'h')));
}

void expect_bad(std::string_view bytes, const std::string& why) {
    try {
        parse_manifest(bytes, "x.torrent");
        ADD_FAILURE() << "accepted, expected: " << why;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kBadTorrent) << error.what();
        EXPECT_THAT(error.what(), HasSubstr("x.torrent: not a valid torrent"));
        EXPECT_THAT(error.what(), HasSubstr(why));
    }
}

TEST(ParseManifest, ReadsASingleFile) {
    const Manifest manifest = parse_manifest(single(), "x");
    EXPECT_EQ(manifest.name, "f");
    EXPECT_TRUE(manifest.single_file);
    EXPECT_EQ(manifest.piece_count, 1u);
    EXPECT_EQ(manifest.total_size, 5u);
    EXPECT_EQ(manifest.info_hash_v1.size(), 40u);
    ASSERT_EQ(manifest.files.size(), 1u);
    EXPECT_EQ(manifest.files[0].path, "f");
}

TEST(ParseManifest, ReadsAFolderWithPaddingAndAttributes) {
    const std::string pad = "d4:attr1:p6:lengthi16379e4:pathl4:.pad5:16379ee";
    const std::string program = "d4:attr1:x6:lengthi3e4:pathl1:d1:pee";
    const std::string link = "d4:attr1:l6:lengthi0e4:pathl1:le12:symlink pathl1:d1:pee";
    const Manifest manifest = parse_manifest(multi({file({"a"}), pad, program, link}, 40), "x");
    ASSERT_EQ(manifest.files.size(), 4u);
    EXPECT_TRUE(manifest.files[1].pad);
    EXPECT_EQ(manifest.files[2].path, "d/p");
    EXPECT_TRUE(manifest.files[2].executable);
    EXPECT_EQ(manifest.files[3].symlink, "d/p");
    EXPECT_EQ(manifest.total_size, 8u);
    EXPECT_EQ(manifest.piece_count, 2u);
}

TEST(ParseManifest, ReadsTrackersSeedsAndNodes) {
    const std::string bytes = "d8:announce5:udp:a13:announce-listll5:udp:b5:udp:cel5:udp:dee5:nodesl" +
                              std::string("l1:hi9eel3:::1i8eei3el1:hi0eee8:url-list3:w:1") +
                              single().substr(1);
    // Keys out of order are old clients' habit; libtorrent reads them.
    const Manifest manifest = parse_manifest(bytes, "x");
    EXPECT_THAT(manifest.trackers, ElementsAre(ElementsAre("udp:b", "udp:c"), ElementsAre("udp:d")));
    EXPECT_THAT(manifest.dht_nodes, ElementsAre("h:9", "[::1]:8"));
    EXPECT_THAT(manifest.web_seeds, ElementsAre("w:1"));
}

TEST(ParseManifest, RefusesWhatIsNotOneWholeValue) {
    expect_bad("", "it is empty");
    expect_bad("<html>", "not a bencoded dictionary");
    expect_bad("le", "not a bencoded dictionary");
    const std::string good = single();
    for (std::size_t size = 1; size < good.size(); ++size) {
        EXPECT_THROW(parse_manifest(std::string_view(good).substr(0, size), "x"), Error) << size;
    }
    expect_bad(good.substr(0, good.size() - 1), "cut off");
    expect_bad(good + "x", "1 bytes follow its end: 'x'");
    expect_bad(good + "\r\n<html>and so on and on</html>",
               "31 bytes follow its end: '\\x0d\\x0a<html>and so on an' ...");
    EXPECT_EQ(remark_on(parse_manifest(good, "x")), "");
    for (const char* blanks : {"\n", "\r\n", " \t\n"}) {
        const Manifest manifest = parse_manifest(good + blanks, "x");
        EXPECT_EQ(manifest.info_hash_v1, parse_manifest(good, "x").info_hash_v1);
        EXPECT_THAT(remark_on(manifest), HasSubstr("goes on after its end"));
    }
    expect_bad("d4:info5:hellooe", "");
    expect_bad("de", "no info dictionary");
    expect_bad("d4:infoi1ee", "'info' is of the wrong type");
    expect_bad("d4:info" + std::string(200'000, 'l') + std::string(200'000, 'e') + "e", "");
}

TEST(ParseManifest, RefusesUnsafePaths) {
    using namespace std::string_literals;
    expect_bad(multi({file({"..", "..", "etc", "x"})}), "unsafe path: '..'");
    expect_bad(multi({file({"/etc/passwd"})}), "unsafe path");
    expect_bad(multi({file({"a/../../b"})}), "unsafe path");
    expect_bad(multi({file({"."})}), "unsafe path");
    expect_bad(multi({file({""})}), "is empty");
    expect_bad(multi({file({"a", "", "b"})}), "is empty");
    expect_bad(multi({file({"a\0b"s})}), "holds a NUL");
    expect_bad(multi({file({"a\\b"})}), "holds a '\\'");
    expect_bad(multi({file({"a\nb"})}), "control character");
    expect_bad(multi({file({"\xff"})}), "not UTF-8");
    expect_bad(multi({"d6:lengthi5ee"s}), "no path");
    expect_bad(multi({"d6:lengthi5e4:pathlee"s}), "no path");
    expect_bad(multi({"d6:lengthi5e4:path1:ae"s}), "wrong type");
    expect_bad(multi({"d6:lengthi5e4:pathli1eee"s}), "not a string");
    expect_bad(multi({"d6:lengthi5e4:pathl1:ae10:path.utf-8l2:..ee"s}), "unsafe path: '..'");
    expect_bad(multi({"d4:attr1:l6:lengthi0e4:pathl1:le12:symlink pathl2:..1:aee"s, file({"a"})}),
               "unsafe path");
    for (const auto& name : {"../x"s, "/abs"s, ".."s, ""s, "a\0b"s, "a/b"s}) {
        expect_bad(single("i5e", name), "unsafe path");
    }
}

TEST(ParseManifest, RefusesPathsThatCollide) {
    expect_bad(multi({file({"a"}), file({"b"}), file({"a"})}), "two files are called 'a'");
    expect_bad(multi({file({"a", "b"}), file({"a"})}), "'a' is a file and a folder");
    EXPECT_NO_THROW(parse_manifest(multi({file({"a", "b"}), file({"a.b"}), file({"ab"})}), "x"));
}

TEST(ParseManifest, RefusesSizesAndCountsThatDoNotFit) {
    expect_bad(single("i-5e"), "negative length");
    expect_bad(single("i0e"), "no content");
    expect_bad(single("i9223372036854775807e"), "larger than 256 TiB");
    expect_bad(single("i9223372036854775808e"), "overflow");
    expect_bad(single("i99999999999999999999999e"), "overflow");
    expect_bad(single("i05e"), "not a number");
    expect_bad(single("i-0e"), "not a number");
    expect_bad(single("1:5"), "wrong type");
    expect_bad(single("i5e", "f", "i0e"), "piece length");
    expect_bad(single("i5e", "f", "i-16384e"), "piece length");
    expect_bad(single("i5e", "f", "i4294967297e"), "piece length");
    expect_bad(single("i5e", "f", "i16384e", 0), "0 piece hashes for 1 pieces");
    expect_bad(single("i5e", "f", "i16384e", 40), "2 piece hashes for 1 pieces");
    expect_bad(single("i5e", "f", "i16384e", 21), "its piece hashes have 21 bytes, 1 pieces need 20");
    expect_bad(single("i281474976710655e", "f", "i16384e"), "piece hashes");
    const std::string large = file({"a"}, "281474976710655");
    expect_bad(multi({large, file({"b"}, "281474976710655")}), "larger than 256 TiB");
    expect_bad(multi({}), "no content");
    expect_bad(multi({file({"a"}, "0")}), "no content");
}

TEST(ParseManifest, RefusesAmbiguousDictionaries) {
    expect_bad(
        "d4:infod6:lengthi5e6:lengthi6e4:name1:f12:piece lengthi16384e6:pieces20:hhhhhhhhhhhhhhhhhhhhee",
        "'length' is there twice");
    expect_bad("d4:infod5:filesl" + file({"a"}) +
                   "e6:lengthi5e4:name1:f12:piece lengthi16384e6:pieces20:hhhhhhhhhhhhhhhhhhhhee",
               "both a single file and a list");
    expect_bad("d4:infod12:meta versioni3e4:name1:fee", "meta version 3 is unknown");
}

class ParseV2 : public ::testing::Test {
  protected:
    std::string make(Format format) {
        CreateOptions options;
        options.content = make_tree(folder_);
        options.format = format;
        options.piece_size = 16384;
        return create_manifest(options, {}).bytes;
    }
    static std::string replaced(std::string bytes, std::string_view from, std::string_view to) {
        const auto at = bytes.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return bytes.replace(at, from.size(), to);
    }
    TemporaryFolder folder_;
};

TEST_F(ParseV2, RefusesDamagedTrees) {
    const std::string v2 = make(Format::kV2);
    expect_bad(replaced(v2, "d6:lengthi100000e", "d6:lengthi200000e"), "has 224 bytes, should have 416");
    expect_bad(replaced(v2, "5:emptyd0:d", "5:../..d0:d"), "unsafe path");
    expect_bad(replaced(v2, "12:piece lengthi16384e", "12:piece lengthi16385e"), "power of two");
    expect_bad(replaced(v2, "12:piece lengthi16384e", "12:piece lengthi8192e"), "power of two");
    expect_bad(replaced(v2, "11:pieces root", "11:pieces r00t"), "no pieces root");
    expect_bad(replaced(v2, "9:file tree", "9:file trie"), "no file tree");
    std::string foreign = v2;
    foreign[foreign.find("12:piece layersd32:") + 19 + 31] ^= 1;
    expect_bad(foreign, "a piece layer belongs to none of its files");
    std::string number = v2;
    const auto layer = number.find("12:piece layersd32:") + 19 + 32;
    const auto colon = number.find(':', layer);
    const auto bytes = std::stoul(number.substr(layer, colon - layer));
    expect_bad(number.replace(layer, colon + 1 + bytes - layer, "i224e"), "a piece layer is not a string");
    std::string zeros = v2;
    zeros.replace(zeros.find("11:pieces root32:") + 17, 32, 32, '\0');
    expect_bad(zeros, "is all zeros");
    std::string flipped = v2;
    flipped[flipped.size() - 10] ^= 1;  // the end of the last layer
    expect_bad(flipped, "");
}

TEST_F(ParseV2, CountsFilesWithoutAPieceLayerAndTakesTheLayersLater) {
    for (const Format format : {Format::kHybrid, Format::kV2}) {
        const std::string whole = make(format);
        EXPECT_EQ(parse_manifest(whole, "x").files_without_layer, 0u);
        const std::string bare = replaced(whole, "12:piece layers", "12:piece layerz");
        EXPECT_EQ(parse_manifest(bare, "x").files_without_layer, 4u);  // of "b", "Z", "a/z" and "z/last"
        EXPECT_EQ(parse_manifest(bare, "x").info_hash_v2, parse_manifest(whole, "x").info_hash_v2);
        const ExpectedHashes hashes = read_hashes(bare, "x");
        EXPECT_EQ(hashes.unlayered.size(), 4u);
        EXPECT_EQ(hashes.v2.size(), read_hashes(whole, "x").v2.size());

        const PieceLayers layers = verify_content(bare, "x", folder_ / "root", 1, {}).found_layers;
        ASSERT_EQ(layers.size(), 4u);
        const std::string complete = add_piece_layers(bare, layers, "x");
        EXPECT_EQ(parse_manifest(complete, "x").files_without_layer, 0u);
        EXPECT_EQ(read_hashes(complete, "x").v2, read_hashes(whole, "x").v2);
        PieceLayers some = layers;
        some.erase(some.begin());
        EXPECT_EQ(parse_manifest(add_piece_layers(bare, some, "x"), "x").files_without_layer, 1u);
        some.begin()->second[0] ^= 1;
        EXPECT_THROW(add_piece_layers(bare, some, "x"), Error);
    }
}

TEST_F(ParseV2, RefusesAHybridWhoseListsDiffer) {
    const std::string hybrid = make(Format::kHybrid);
    EXPECT_NO_THROW(parse_manifest(hybrid, "x"));
    expect_bad(replaced(hybrid, "4:pathl5:empty", "4:pathl5:emptx"), "file lists differ");
    expect_bad(replaced(hybrid, "6:lengthi1e4:pathl1:a3:sub", "6:lengthi2e4:pathl1:a3:sub"), "");
}

TEST_F(ParseV2, SurvivesRandomDamage) {
    std::mt19937_64 random(7);
    for (const Format format : {Format::kV1, Format::kHybrid, Format::kV2}) {
        const std::string good = make(format);
        for (int round = 0; round < 3000; ++round) {
            std::string bytes = good;
            for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
            if (round % 4 == 0) bytes.resize(random() % bytes.size());
            try {
                const Manifest manifest = parse_manifest(bytes, "x");
                EXPECT_GT(manifest.piece_count, 0u);  // damage to a hash or a comment cannot be seen here
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ExitCode::kBadTorrent);
            }
        }
    }
}

TEST_F(ParseV2, ReadsTheInfoDictionaryAlone) {
    const std::string v2 = make(Format::kHybrid);
    const auto start = v2.find("4:info") + 6;
    const auto end = v2.find("12:piece layers");
    const Manifest manifest = parse_info(std::string_view(v2).substr(start, end - start), "peer");
    const Manifest whole = parse_manifest(v2, "x");
    EXPECT_EQ(manifest.info_hash_v1, whole.info_hash_v1);
    EXPECT_EQ(manifest.info_hash_v2, whole.info_hash_v2);
    EXPECT_EQ(manifest.files.size(), whole.files.size());
}

TEST(MagnetLink, HoldsHashesNameTrackersAndSeeds) {
    Manifest manifest;
    manifest.name = "a b&c";
    manifest.total_size = 7;
    manifest.info_hash_v1 = std::string(40, 'a');
    manifest.info_hash_v2 = std::string(64, 'b');
    manifest.trackers = {{"http://t/x?y=1"}, {"udp://u:1"}};
    manifest.web_seeds = {"http://w/"};
    EXPECT_EQ(magnet_link(manifest, {"10.0.0.1:80"}),
              "magnet:?xt=urn:btih:" + manifest.info_hash_v1 + "&xt=urn:btmh:1220" + manifest.info_hash_v2 +
                  "&dn=a%20b%26c&xl=7&tr=http%3A%2F%2Ft%2Fx%3Fy%3D1&tr=udp%3A%2F%2Fu%3A1&ws=http%3A%2F%2Fw%2F"
                  "&x.pe=10.0.0.1%3A80");
    manifest.info_hash_v1.clear();
    EXPECT_TRUE(magnet_link(manifest).starts_with("magnet:?xt=urn:btmh:1220bbb"));
}

}  // namespace
}  // namespace shoal::manifest
