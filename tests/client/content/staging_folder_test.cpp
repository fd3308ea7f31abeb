#include "client/content/staging_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::client {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHash = "0123456789abcdef0123456789abcdef01234567";

void write(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

std::string read(const fs::path& path) {
    return read_file(path, 1000);
}

TEST(StagingFolder, HasItsNameFromTheInfoHash) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    EXPECT_EQ(staging.content("x"), target / ".shoal-0123456789abcdef/content/x");
    staging.open();
    EXPECT_TRUE(fs::is_directory(target / ".shoal-0123456789abcdef"));
}

TEST(StagingFolder, MakesTheTarget) {
    const test::TemporaryFolder folder;
    StagingFolder staging(folder / "a/b", kHash);
    staging.open();
    EXPECT_TRUE(fs::is_directory(folder / "a/b"));
}

TEST(StagingFolder, LetsOnlyOneIn) {
    const test::TemporaryFolder target;
    StagingFolder first(target.path(), kHash);
    first.open();
    StagingFolder second(target.path(), kHash);
    EXPECT_THROW(second.open(), Error);
    StagingFolder other(target.path(), "fedcba98765432100123456789abcdef01234567");
    EXPECT_NO_THROW(other.open());
}

TEST(StagingFolder, FollowsNoLinkToItsLock) {
    const test::TemporaryFolder target;
    fs::create_directories(target / ".shoal-0123456789abcdef");
    fs::create_symlink(target / "elsewhere", target / ".shoal-0123456789abcdef/lock");
    StagingFolder staging(target.path(), kHash);
    EXPECT_THROW(staging.open(), Error);
    EXPECT_FALSE(fs::exists(target / "elsewhere"));
}

TEST(StagingFolder, KeepsManifestAndResumeForTheNextRun) {
    const test::TemporaryFolder target;
    {
        StagingFolder staging(target.path(), kHash);
        EXPECT_FALSE(staging.load_manifest());
        staging.open();
        staging.save_manifest("the manifest");
        staging.save_resume("the record");
    }
    StagingFolder staging(target.path(), kHash);
    staging.open();
    EXPECT_EQ(staging.load_manifest(), "the manifest");
    EXPECT_EQ(staging.load_resume(), "the record");
}

TEST(StagingFolder, DeliversAFileAndKeepsItInSightOfTheSession) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("file"), "content");
    EXPECT_EQ(read(staging.session_folder() / "file"), "content");
    staging.sync();
    staging.deliver("file", OldContent::kRefuse);
    EXPECT_EQ(read(target / "file"), "content");
    EXPECT_EQ(read(staging.session_folder() / "file"), "content");
    staging.remove();
    EXPECT_EQ(read(target / "file"), "content");
    EXPECT_FALSE(fs::exists(target / ".shoal-0123456789abcdef"));
}

TEST(StagingFolder, DeliversAFolder) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("folder") / "a/b", "content");
    staging.deliver("folder", OldContent::kRefuse);
    staging.remove();
    EXPECT_EQ(read(target / "folder/a/b"), "content");
}

TEST(StagingFolder, ReplacesNothingUnlessAsked) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("name"), "new");
    write(target / "name", "old");
    EXPECT_THROW(staging.deliver("name", OldContent::kRefuse), Error);
    EXPECT_EQ(read(target / "name"), "old");
    EXPECT_EQ(read(staging.content("name")), "new");
    staging.deliver("name", OldContent::kRemove);
    EXPECT_EQ(read(target / "name"), "new");
}

TEST(StagingFolder, KeepsWhatItReplacesUnderTheNextFreeName) {
    const test::TemporaryFolder target;
    for (const char* version : {"1", "2", "3"}) {
        StagingFolder staging(target.path(), kHash);
        staging.open();
        write(staging.content("name"), version);
        staging.deliver("name", OldContent::kKeep);
        staging.remove();
    }
    EXPECT_EQ(read(target / "name"), "3");
    EXPECT_EQ(read(target / "name.old"), "1");
    EXPECT_EQ(read(target / "name.old.2"), "2");
}

TEST(StagingFolder, KeepsSomeFilesThatItReplaces) {
    const test::TemporaryFolder target;
    write(target / "set/one", "mine");
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("set") / "one", "1");
    staging.deliver_files("set", {"one"}, OldContent::kKeep);
    EXPECT_EQ(read(target / "set/one"), "1");
    EXPECT_EQ(read(target / "set/one.old"), "mine");
}

TEST(StagingFolder, KnowsADeliveryThatWasKilledOnEitherSideOfTheExchange) {
    const test::TemporaryFolder target;
    const fs::path folder = target / ".shoal-0123456789abcdef";
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("name"), "new");
    write(target / "name", "old");
    EXPECT_EQ(staging.finish_delivery("name"), StagingFolder::Delivery::kNone);
    staging.deliver("name", OldContent::kRemove);
    EXPECT_EQ(staging.finish_delivery("name"), StagingFolder::Delivery::kOver);
    EXPECT_EQ(read(target / "name"), "new");
    // Killed before the exchange: the note is there, and names what is still in the hidden folder.
    fs::rename(target / "name", folder / "new");
    fs::rename(staging.content("name"), target / "name");
    fs::rename(folder / "new", staging.content("name"));
    EXPECT_EQ(staging.finish_delivery("name"), StagingFolder::Delivery::kBegun);
    EXPECT_EQ(read(target / "name"), "old");
}

TEST(StagingFolder, KeepsTheOldContentOfADeliveryThatWasKilledAfterTheExchange) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("name"), "new");
    write(target / "name", "old");
    staging.deliver("name", OldContent::kKeep);
    fs::rename(target / "name.old", staging.content("name"));  // as it was before that
    EXPECT_EQ(staging.finish_delivery("name"), StagingFolder::Delivery::kOver);
    EXPECT_EQ(read(target / "name.old"), "old");
    EXPECT_EQ(read(target / "name"), "new");
}

TEST(StagingFolder, ReplacesAFolderByAFile) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("name"), "new");
    write(target / "name/inside", "old");
    staging.deliver("name", OldContent::kRemove);
    staging.remove();
    EXPECT_EQ(read(target / "name"), "new");
}

TEST(StagingFolder, IsOnlyRemovedUnusedWithoutContent) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.remove_if_unused();
    staging.open();
    write(staging.content("file"), "content");
    staging.remove_if_unused();
    EXPECT_TRUE(fs::exists(staging.content("file")));
    fs::remove(staging.content("file"));
    staging.remove_if_unused();
    EXPECT_TRUE(fs::is_empty(target.path()));
}

TEST(StagingFolder, DeliversSomeFilesAsAFolderWhereThereIsNone) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("set") / "a/one", "1");
    staging.deliver_files("set", {"a/one"}, OldContent::kRefuse);
    EXPECT_EQ(read(target / "set/a/one"), "1");
    EXPECT_EQ(read(staging.session_folder() / "set/a/one"), "1");
    staging.remove();
    EXPECT_EQ(read(target / "set/a/one"), "1");
}

TEST(StagingFolder, PutsSomeFilesBesideThoseOfAnEarlierDownload) {
    const test::TemporaryFolder target;
    write(target / "set/a/one", "1");
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("set") / "a/two", "2");
    write(staging.content("set") / "b/three", "3");
    staging.deliver_files("set", {"a/two", "b/three"}, OldContent::kRefuse);
    EXPECT_EQ(read(target / "set/a/one"), "1");
    EXPECT_EQ(read(target / "set/a/two"), "2");
    EXPECT_EQ(read(target / "set/b/three"), "3");
    EXPECT_EQ(read(staging.session_folder() / "set/b/three"), "3");
}

TEST(StagingFolder, OfAKilledRunLeadsNotToItsPlaceAnyMore) {
    const test::TemporaryFolder target;
    {
        StagingFolder killed(target.path(), kHash);
        killed.open();
        write(killed.content("set") / "one", "1");
        killed.deliver_files("set", {"one"}, OldContent::kRefuse);
    }
    StagingFolder next(target.path(), kHash);
    next.open();
    EXPECT_FALSE(fs::exists(next.content("set") / "one"));
    EXPECT_FALSE(fs::exists(next.session_folder() / "set/one"));
    EXPECT_EQ(read(target / "set/one"), "1");
}

TEST(StagingFolder, FinishesADeliveryOfSomeFilesThatWasKilled) {
    const test::TemporaryFolder target;
    write(target / "set/one", "old 1");
    write(target / "set/two", "old 2");
    const fs::path hidden = StagingFolder(target.path(), kHash).content("set");
    {
        StagingFolder killed(target.path(), kHash);
        killed.open();
        write(hidden / "one", "1");
        write(hidden / "two", "2");
        killed.deliver_files("set", {"one", "two"}, OldContent::kKeep);
        // As it was before the second file, and before the first one's old content was put beside it.
        fs::remove(hidden);
        fs::create_directory(hidden);
        fs::rename(target / "set/one.old", hidden / "one");
        fs::rename(target / "set/two", hidden / "two");
        fs::rename(target / "set/two.old", target / "set/two");
    }
    StagingFolder next(target.path(), kHash);
    EXPECT_EQ(next.finish_delivery("set"), StagingFolder::Delivery::kOver);
    EXPECT_EQ(next.noted_files(), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(read(target / "set/one"), "1");
    EXPECT_EQ(read(target / "set/one.old"), "old 1");
    EXPECT_EQ(read(target / "set/two"), "2");
    EXPECT_EQ(read(target / "set/two.old"), "old 2");
    EXPECT_EQ(next.finish_delivery("set"), StagingFolder::Delivery::kOver)
        << "and a kill in that changes nothing";
    EXPECT_FALSE(fs::exists(target / "set/one.old.2"));
}

TEST(StagingFolder, IsUnusedWhereAKillLeftOnlyTheFolder) {
    const test::TemporaryFolder target;
    StagingFolder staging(target.path(), kHash);
    fs::create_directory(target / ".shoal-0123456789abcdef");
    staging.remove_if_unused();
    EXPECT_TRUE(fs::is_empty(target.path()));
}

TEST(StagingFolder, FinishesNothingThatIsNotAsItWasNoted) {
    const test::TemporaryFolder target;
    write(target / "set/zero", "0");
    const fs::path hidden = StagingFolder(target.path(), kHash).content("set");
    {
        StagingFolder killed(target.path(), kHash);
        killed.open();
        write(hidden / "one", "1");
        killed.deliver_files("set", {"one"}, OldContent::kRefuse);
        fs::remove(hidden);
        fs::create_directory(hidden);
        write(hidden / "one", "another one");  // while there is the other, whose number it could get
        fs::remove(target / "set/one");
    }
    StagingFolder next(target.path(), kHash);
    EXPECT_EQ(next.finish_delivery("set"), StagingFolder::Delivery::kBegun);
    EXPECT_FALSE(fs::exists(target / "set/one"));
}

TEST(StagingFolder, ReplacesSomeFilesOnlyWhereAsked) {
    const test::TemporaryFolder target;
    write(target / "set/one", "mine");
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("set") / "one", "1");
    EXPECT_THROW(staging.deliver_files("set", {"one"}, OldContent::kRefuse), Error);
    EXPECT_EQ(read(target / "set/one"), "mine");
    staging.deliver_files("set", {"one"}, OldContent::kRemove);
    EXPECT_EQ(read(target / "set/one"), "1");
}

TEST(StagingFolder, FollowsNoLinkThatWouldLeadSomeFilesElsewhere) {
    const test::TemporaryFolder target;
    const test::TemporaryFolder elsewhere;
    fs::create_directories(target / "set");
    fs::create_directory_symlink(elsewhere.path(), target / "set/a");
    StagingFolder staging(target.path(), kHash);
    staging.open();
    write(staging.content("set") / "a/b/one", "1");
    EXPECT_THROW(staging.deliver_files("set", {"a/b/one"}, OldContent::kRemove), Error);
    EXPECT_TRUE(fs::is_empty(elsewhere.path()));
}

TEST(StagingFolder, RemovesWhatAKilledRunLeftAndNothingOfOneUnderWay) {
    test::TemporaryFolder folder;
    const std::string hash(40, 'a');
    {
        StagingFolder killed(folder.path(), hash);
        killed.open();
        std::ofstream(killed.content("model.bin")) << "what was replaced";
        StagingFolder(folder.path(), hash).remove_leftovers();
        EXPECT_TRUE(std::filesystem::exists(killed.content("model.bin")));
    }
    StagingFolder next(folder.path(), hash);
    next.remove_leftovers();
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    next.remove_leftovers();
}

}  // namespace
}  // namespace shoal::client
