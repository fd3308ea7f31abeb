#include <gtest/gtest.h>

#include <libtorrent/bencode.hpp>
#include <libtorrent/create_torrent.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/torrent_info.hpp>
#include <sstream>

#include "common/version.hpp"
#include "tests/torrentgen/content_fixture.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

/// libtorrent's own creator, the reference: same files in the same order, same options.
namespace shoal::manifest {
namespace {

using shoal::test::TemporaryFolder;
using test::make_tree;
using test::noise;
using test::write;

std::string hex(const char* data, std::ptrdiff_t size) {
    std::ostringstream out;
    for (std::ptrdiff_t i = 0; i < size; ++i) {
        constexpr const char* kDigits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(data[i]);
        out << kDigits[byte >> 4] << kDigits[byte & 15];
    }
    return out.str();
}

lt::create_flags_t flags_of(Format format) {
    switch (format) {
        case Format::kV1:
            return lt::create_torrent::v1_only | lt::create_torrent::no_attributes;
        case Format::kHybrid:
            return lt::create_torrent::no_attributes;
        case Format::kV2:
            break;
    }
    return lt::create_torrent::v2_only | lt::create_torrent::no_attributes;
}

std::vector<char> made_by_libtorrent(const std::filesystem::path& content, Format format, int piece_size) {
    lt::file_storage files;
    CreateOptions options;
    options.content = content;
    const auto flags = flags_of(format);
    const CreatePlan plan = plan_manifest(options);
    for (const FileEntry& file : plan.files) {
        files.add_file(plan.single_file ? plan.name : plan.name + "/" + file.path,
                       static_cast<std::int64_t>(file.size));
    }
    lt::create_torrent torrent(files, piece_size, flags);
    torrent.set_creation_date(0);
    torrent.set_creator(("shoal " + std::string(version())).c_str());
    torrent.add_tracker("http://a/announce", 0);
    torrent.add_tracker("http://b/announce", 1);
    torrent.add_node({"router", 6881});
    torrent.set_comment("comment");
    lt::error_code error;
    lt::set_piece_hashes(
        torrent, content.parent_path().string(), [](lt::piece_index_t) {}, error);
    EXPECT_FALSE(error) << error.message();
    return torrent.generate_buf();
}

void expect_equal(const std::filesystem::path& content, Format format, std::uint32_t piece_size) {
    SCOPED_TRACE(content.string() + " in pieces of " + std::to_string(piece_size) + ", format " +
                 std::to_string(static_cast<int>(format)));
    CreateOptions options;
    options.content = content;
    options.format = format;
    options.piece_size = piece_size;
    options.trackers = {{"http://a/announce"}, {"http://b/announce"}};
    options.dht_nodes = {"router:6881"};
    options.comment = "comment";
    const std::string ours = create_manifest(options, {}).bytes;
    const std::vector<char> theirs = made_by_libtorrent(content, format, static_cast<int>(piece_size));
    EXPECT_EQ(ours, std::string(theirs.begin(), theirs.end()));

    const lt::torrent_info read(ours, lt::from_span);
    const Manifest manifest = parse_manifest(ours, "test");
    EXPECT_EQ(manifest.info_hash_v1,
              read.info_hashes().has_v1() ? hex(read.info_hashes().v1.data(), 20) : "");
    EXPECT_EQ(manifest.info_hash_v2,
              read.info_hashes().has_v2() ? hex(read.info_hashes().v2.data(), 32) : "");
    EXPECT_EQ(manifest.name, read.name());
}

constexpr std::array kFormats{Format::kV1, Format::kHybrid, Format::kV2};

TEST(LibtorrentEquality, OfASingleFile) {
    TemporaryFolder folder;
    for (const std::size_t size : {1u, 16383u, 16384u, 16385u, 65536u, 65537u, 300'000u, 1'048'576u}) {
        const auto file = folder / std::to_string(size);
        write(file, noise(size, size));
        for (const Format format : kFormats) {
            for (const std::uint32_t piece : {16384u, 65536u, 4u << 20}) expect_equal(file, format, piece);
        }
    }
}

TEST(LibtorrentEquality, OfAFolder) {
    TemporaryFolder folder;
    const auto root = make_tree(folder);
    for (const Format format : kFormats) {
        for (const std::uint32_t piece : {16384u, 32768u, 262144u, 1u << 20})
            expect_equal(root, format, piece);
    }
}

TEST(LibtorrentEquality, OfEqualFilesInAFolder) {
    TemporaryFolder folder;
    for (const auto* name : {"one", "two", "three"}) write(folder / "root" / name, noise(100'000, 1));
    for (const Format format : kFormats) expect_equal(folder / "root", format, 16384);
}

TEST(LibtorrentEquality, OfAFolderOfOneFile) {
    TemporaryFolder folder;
    write(folder / "deep" / "sub" / "file", noise(100'000, 1));
    write(folder / "flat" / "file", noise(100'000, 1));
    for (const Format format : kFormats) expect_equal(folder / "deep", format, 32768);
    for (const Format format : {Format::kV1, Format::kHybrid}) expect_equal(folder / "flat", format, 32768);
}

TEST(LibtorrentEquality, OfFiveMebibytePieces) {
    TemporaryFolder folder;
    write(folder / "f", noise(11'000'000, 1));
    expect_equal(folder / "f", Format::kV1, kDefaultPieceSize);
}

}  // namespace
}  // namespace shoal::manifest
