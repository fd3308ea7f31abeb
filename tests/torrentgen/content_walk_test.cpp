#include "torrentgen/manifest/content_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/error.hpp"
#include "tests/torrentgen/content_fixture.hpp"

namespace shoal::manifest {
namespace {

using shoal::test::TemporaryFolder;
using test::make_tree;
using test::write;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> paths(const Walk& walk) {
    std::vector<std::string> out;
    for (const auto& file : walk.files) out.push_back(file.path);
    return out;
}

Walk walk(const std::filesystem::path& root, Symlinks symlinks = Symlinks::kSkip, PathFilter filter = {}) {
    return walk_content(root, {std::move(filter), symlinks, {}, {}});
}

template <typename Function>
void expect_file_error(Function function, const std::string& text) {
    try {
        function();
        ADD_FAILURE() << "no error, expected " << text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kFileSystem);
        EXPECT_THAT(error.what(), HasSubstr(text));
    }
}

TEST(WalkContent, SortsElementByElement) {
    TemporaryFolder folder;
    EXPECT_THAT(paths(walk(make_tree(folder))),
                ElementsAre("Z", "a/sub/ünï", "a/z", "a.txt", "b", "empty", "z/last"));
}

TEST(WalkContent, TakesAFileAlone) {
    TemporaryFolder folder;
    write(folder / "f", "123");
    std::filesystem::create_symlink("f", folder / "link");
    for (const auto* name : {"f", "link"}) {
        const Walk found = walk(folder / name);
        EXPECT_TRUE(found.single_file);
        ASSERT_EQ(found.files.size(), 1u);
        EXPECT_EQ(found.files[0].size, 3u);
    }
}

TEST(WalkContent, HasAPolicyForSymbolicLinks) {
    TemporaryFolder folder;
    write(folder / "root" / "d" / "file", "1");
    std::filesystem::create_symlink("../d/file", folder / "root" / "d" / "link");
    std::filesystem::create_symlink("d", folder / "root" / "folder");
    const Walk skipped = walk(folder / "root");
    EXPECT_THAT(paths(skipped), ElementsAre("d/file"));
    EXPECT_THAT(skipped.warnings, ElementsAre(HasSubstr("2 symbolic links left out")));
    EXPECT_THAT(paths(walk(folder / "root", Symlinks::kFollow)),
                ElementsAre("d/file", "d/link", "folder/file", "folder/link"));
    const Walk kept = walk(folder / "root", Symlinks::kKeep);
    EXPECT_THAT(paths(kept), ElementsAre("d/file", "d/link", "folder"));
    EXPECT_EQ(kept.files[1].symlink, "d/file");
    EXPECT_EQ(kept.files[2].symlink, "d");
}

TEST(WalkContent, RefusesLinksThatLeadInACircleOrOutside) {
    TemporaryFolder folder;
    write(folder / "root" / "d" / "file", "1");
    std::filesystem::create_symlink("..", folder / "root" / "d" / "up");
    expect_file_error([&] { walk(folder / "root", Symlinks::kFollow); }, "d/up");
    std::filesystem::remove(folder / "root" / "d" / "up");
    std::filesystem::create_symlink("/etc/passwd", folder / "root" / "d" / "out");
    expect_file_error([&] { walk(folder / "root", Symlinks::kKeep); }, "points outside");
    std::filesystem::remove(folder / "root" / "d" / "out");
    std::filesystem::create_symlink("nowhere", folder / "root" / "d" / "broken");
    expect_file_error([&] { walk(folder / "root", Symlinks::kFollow); }, "d/broken: No such file");
}

TEST(WalkContent, RefusesNamesThatClientsRename) {
    TemporaryFolder folder;
    write(folder / "root" / "a\\b", "1");
    expect_file_error([&] { walk(folder / "root"); }, "the name holds a '\\'");
    EXPECT_THAT(paths(walk(folder / "root", Symlinks::kSkip, {{}, {"a*"}, false})), ElementsAre());
    write(folder / "other" / "\xff", "1");
    expect_file_error([&] { walk(folder / "other"); }, "\\xff: the name is not UTF-8");
}

TEST(WalkContent, TakesOnlyWhatIsListed) {
    TemporaryFolder folder;
    const auto root = make_tree(folder);
    write(root / ".hidden", "1");
    write(root / "a" / ".hidden", "1");
    const auto listed = [&](std::vector<std::string> only) {
        return paths(walk_content(root, {{}, Symlinks::kSkip, {}, std::move(only)}));
    };
    EXPECT_THAT(listed({"b", "./a//z", ".hidden", "b"}), ElementsAre(".hidden", "a/z", "b"));
    EXPECT_THAT(listed({"a/", "a/z"}), ElementsAre("a/sub/ünï", "a/z"));
    expect_file_error([&] { listed({"missing"}); }, "missing: No such file");
    for (const auto* outside : {"../x", "/etc/passwd", "..", "a/../../x", "."}) {
        EXPECT_THROW(listed({outside}), Error) << outside;
    }
}

TEST(WalkContent, LeavesOutSpecialFilesAndWhatItIsToldToIgnore) {
    TemporaryFolder folder;
    write(folder / "root" / "a", "1");
    write(folder / "root" / "a.torrent", "1");
    ASSERT_EQ(::mkfifo((folder / "root" / "fifo").c_str(), 0600), 0);
    const Walk found =
        walk_content(folder / "root", {{}, Symlinks::kSkip, {folder / "root" / "a.torrent"}, {}});
    EXPECT_THAT(paths(found), ElementsAre("a"));
    EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("fifo: special file left out")));
    expect_file_error([&] { walk(folder / "root" / "fifo"); }, "neither a regular file nor a folder");
    expect_file_error([&] { walk(folder / "missing"); }, "missing: No such file");
}

}  // namespace
}  // namespace shoal::manifest
