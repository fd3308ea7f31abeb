#include "torrentgen/manifest/create.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"
#include "tests/torrentgen/content_fixture.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {
namespace {

using shoal::test::TemporaryFolder;
using test::make_tree;
using test::noise;
using test::write;
using ::testing::HasSubstr;

void expect_error(const CreateOptions& options, ExitCode code, const std::string& text) {
    try {
        create_manifest(options, {});
        ADD_FAILURE() << "no error, expected " << text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(text));
    }
}

TEST(CreateManifest, WritesWhatParseManifestReads) {
    TemporaryFolder folder;
    CreateOptions options;
    options.content = make_tree(folder);
    options.trackers = {{"http://a/announce", "http://b/announce"}, {"udp://c:1"}};
    options.web_seeds = {"http://w/one", "http://w/two"};
    options.dht_nodes = {"router:6881", "[::1]:7"};
    options.comment = "ä comment";
    options.source = "here";
    options.is_private = true;
    options.date = 1'700'000'000;
    for (const Format format : {Format::kV1, Format::kHybrid, Format::kV2}) {
        options.format = format;
        options.piece_size = 32768;
        const Manifest manifest = parse_manifest(create_manifest(options, {}).bytes, "test");
        EXPECT_EQ(manifest.name, "root");
        EXPECT_FALSE(manifest.single_file);
        EXPECT_EQ(manifest.piece_size, 32768u);
        EXPECT_EQ(manifest.total_size, 451'922u);
        EXPECT_EQ(manifest.trackers, options.trackers);
        EXPECT_EQ(manifest.web_seeds, options.web_seeds);
        EXPECT_EQ(manifest.dht_nodes, options.dht_nodes);
        EXPECT_EQ(manifest.comment, options.comment);
        EXPECT_EQ(manifest.source, options.source);
        EXPECT_TRUE(manifest.is_private);
        EXPECT_EQ(manifest.created_at, options.date);
        EXPECT_EQ(manifest.info_hash_v1.empty(), format == Format::kV2);
        EXPECT_EQ(manifest.info_hash_v2.empty(), format == Format::kV1);
    }
}

TEST(CreateManifest, GivesTheSameBytesForTheSameContentElsewhere) {
    TemporaryFolder one;
    TemporaryFolder two;
    CreateOptions options;
    options.content = make_tree(one);
    const std::string first = create_manifest(options, {}).bytes;
    options.content = make_tree(two);
    options.threads = 1;
    std::filesystem::permissions(options.content / "b", std::filesystem::perms::owner_all);
    EXPECT_EQ(create_manifest(options, {}).bytes, first);
}

TEST(CreateManifest, UsesTheDefaultPieceSizeOfTheFormat) {
    TemporaryFolder folder;
    write(folder / "f", "content");
    CreateOptions options;
    options.content = folder / "f";
    const auto piece_size = [&](Format format) {
        options.format = format;
        return parse_manifest(create_manifest(options, {}).bytes, "test").piece_size;
    };
    EXPECT_EQ(piece_size(Format::kV1), 5u << 20);
    EXPECT_EQ(piece_size(Format::kHybrid), 4u << 20);
    EXPECT_EQ(piece_size(Format::kV2), 4u << 20);
}

TEST(CreateManifest, NamesTheNearestRightPieceSizes) {
    TemporaryFolder folder;
    write(folder / "f", "content");
    CreateOptions options;
    options.content = folder / "f";
    const auto expect = [&](Format format, std::uint64_t size, const std::string& text) {
        options.format = format;
        options.piece_size = size;
        expect_error(options, ExitCode::kUsage, text);
    };
    expect(Format::kV1, 5'000'000, "use 4880KiB or 4896KiB");
    expect(Format::kV1, 0, "use 16KiB");
    expect(Format::kV1, 1u << 30, "use 512MiB");
    expect(Format::kV2, 5u << 20, "use 4MiB or 8MiB");
    expect(Format::kHybrid, 3u << 20, "use 2MiB or 4MiB");
}

TEST(CreateManifest, RefusesWhatCannotBeShared) {
    TemporaryFolder folder;
    CreateOptions options;
    options.content = folder / "missing";
    expect_error(options, ExitCode::kFileSystem, "missing: No such file");
    write(folder / "root" / "empty", "");
    options.content = folder / "root";
    expect_error(options, ExitCode::kFileSystem, "nothing in it to share");
    options.content = folder / "root" / "empty";
    expect_error(options, ExitCode::kFileSystem, "nothing in it to share");
    write(folder / "root" / "f", "content");
    options.content = folder / "root";
    options.include = {"*.none"};
    expect_error(options, ExitCode::kFileSystem, "nothing in it to share");
}

TEST(CreateManifest, RefusesOptionsThatMakeNoSense) {
    TemporaryFolder folder;
    write(folder / "f", "content");
    CreateOptions good;
    good.content = folder / "f";
    CreateOptions options = good;
    options.trackers = {{"tracker:80/announce"}};
    expect_error(options, ExitCode::kUsage, "is not a URL");
    options = good;
    options.dht_nodes = {"router"};
    expect_error(options, ExitCode::kUsage, "is not HOST:PORT");
    options = good;
    options.name = "../up";
    expect_error(options, ExitCode::kUsage, "holds a '/'");
    options = good;
    options.name = "..";
    expect_error(options, ExitCode::kUsage, "is '..'");
    options = good;
    options.date = -1;
    expect_error(options, ExitCode::kUsage, "before 1970");
    options = good;
    options.comment = "\xff";
    expect_error(options, ExitCode::kUsage, "not UTF-8");
}

TEST(CreateManifest, NoticesContentThatChangesWhileItIsHashed) {
    TemporaryFolder folder;
    const auto root = folder / "root";
    CreateOptions options;
    options.content = root;
    const auto expect = [&](const std::function<void()>& change, const std::string& text) {
        std::filesystem::remove_all(root);
        write(root / "a", noise(1000, 1));
        write(root / "b", noise(1000, 2));
        bool changed = false;
        try {
            // The last report comes when the bytes are read and nothing else is done.
            create_manifest(options, [&](const CreateProgress& progress) {
                if (!changed && progress.bytes_done == progress.bytes_total) {
                    changed = true;
                    change();
                }
                return true;
            });
            ADD_FAILURE() << "no error, expected " << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kFileSystem);
            EXPECT_THAT(error.what(), HasSubstr(text));
        }
    };
    expect([&] { write(root / "a", noise(1001, 1)); }, "a: the file changed");
    expect([&] { write(root / "a", noise(999, 1)); }, "a: the file changed");
    expect([&] { std::filesystem::last_write_time(root / "b", {}); }, "b: the file changed");
    expect([&] { write(root / "c", "new"); }, "c: the file appeared");
    expect([&] { write(root / "0", "new"); }, "0: the file appeared");
    expect([&] { std::filesystem::remove(root / "b"); }, "b: the file disappeared");
    expect([&] { std::filesystem::remove(root / "a"); }, "a: the file disappeared");
}

TEST(CreateManifest, EndsAsInterruptedWhenProgressSaysStop) {
    TemporaryFolder folder;
    const auto path = folder / "sparse";
    write(path, "x");
    std::filesystem::resize_file(path, std::uint64_t{1} << 40);
    CreateOptions options;
    options.content = path;
    try {
        create_manifest(options, [](const CreateProgress&) { return false; });
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kInterrupted);
    }
}

TEST(PlanManifest, CountsWithoutReading) {
    TemporaryFolder folder;
    CreateOptions options;
    options.content = make_tree(folder);
    options.piece_size = 65536;
    const CreatePlan plan = plan_manifest(options);
    EXPECT_EQ(plan.name, "root");
    EXPECT_EQ(plan.total_size, 451'922u);
    EXPECT_EQ(plan.piece_count, 7u);
    EXPECT_EQ(plan.files.size(), 7u);
}

TEST(ChooseName, OfAFolderNamedByDots) {
    CreateOptions options;
    options.content = std::filesystem::path("/tmp/some/./folder/../other/");
    EXPECT_EQ(choose_name(options), "other");
    options.content = "/";
    EXPECT_THROW(choose_name(options), Error);
}

}  // namespace
}  // namespace shoal::manifest
