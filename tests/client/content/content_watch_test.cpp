#include "client/content/content_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "client/content/copy_jobs.hpp"
#include "client/content/remove_content.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::client {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A folder of two files, "a" and "sub/b", and something that is not in the manifest.
class Content : public ::testing::Test {
  protected:
    Content() {
        for (const char* path : {"a", "sub/b"}) {
            manifest::FileEntry file;
            file.path = path;
            file.size = 3;
            manifest_.files.push_back(file);
            write(path, "abc");
        }
        manifest_.name = "content";
        write("mine", "mine");
    }
    void write(const std::string& path, const std::string& text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    std::string changed(ContentWatch& watch) { return watch.changed(watch.files()); }

    test::TemporaryFolder folder_;
    fs::path root_ = folder_ / "content";
    manifest::Manifest manifest_;
};

TEST_F(Content, ThatStaysAsItWasIsNoNews) {
    ContentWatch watch(manifest_, root_);
    write("mine", "other words");
    EXPECT_THAT(changed(watch), IsEmpty());
    EXPECT_EQ(watch.mark(), ContentWatch(manifest_, root_).mark());
}

TEST_F(Content, ThatChangesIsNamedWithWhatIsSeenOfIt) {
    ContentWatch watch(manifest_, root_);
    write("sub/b", "longer");
    EXPECT_THAT(changed(watch), HasSubstr("sub/b has another size"));
    EXPECT_NE(watch.mark(), ContentWatch(manifest_, root_).mark());
    fs::remove(root_ / "sub/b");
    EXPECT_THAT(changed(watch), HasSubstr("sub/b is not there any more"));
}

TEST_F(Content, ThatIsReplacedByAFileOfTheSameSizeAndTime) {
    ContentWatch watch(manifest_, root_);
    write("new", "xyz");
    fs::last_write_time(root_ / "new", fs::last_write_time(root_ / "a"));
    fs::rename(root_ / "new", root_ / "a");
    EXPECT_THAT(changed(watch), HasSubstr("a was replaced"));
}

TEST_F(Content, IsLookedAtAFewFilesAtATime) {
    ContentWatch watch(manifest_, root_);
    write("sub/b", "longer");
    EXPECT_THAT(watch.changed(1), IsEmpty());
    EXPECT_THAT(watch.changed(1), HasSubstr("sub/b"));
    EXPECT_THAT(watch.changed(1), IsEmpty());
}

TEST_F(Content, IsRemovedAndWhatIsNotOfItStays) {
    remove_content(manifest_, root_);
    EXPECT_FALSE(fs::exists(root_ / "sub"));
    EXPECT_TRUE(fs::exists(root_ / "mine"));
    fs::remove(root_ / "mine");
    write("a", "abc");
    remove_content(manifest_, root_);
    EXPECT_FALSE(fs::exists(root_));
}

TEST_F(Content, IsCopiedOverWhatAKilledCopyLeft) {
    const fs::path to = folder_ / "copy";
    fs::create_directories(to);
    std::ofstream(to / "rest") << "rest";
    CopyJobs jobs;
    jobs.start({7, manifest_, root_, to});
    EXPECT_TRUE(jobs.has(7));
    std::vector<CopyJobs::Result> results;
    while (results.empty()) results = jobs.take();
    EXPECT_EQ(results.front().id, 7);
    EXPECT_THAT(results.front().error, IsEmpty());
    EXPECT_FALSE(jobs.has(7));
    EXPECT_TRUE(fs::exists(to / "sub/b"));
    EXPECT_FALSE(fs::exists(to / "rest"));
}

TEST_F(Content, ThatCannotBeCopiedSaysWhy) {
    CopyJobs jobs;
    jobs.start({7, manifest_, folder_ / "nowhere", folder_ / "copy"});
    std::vector<CopyJobs::Result> results;
    while (results.empty()) results = jobs.take();
    EXPECT_THAT(results.front().error, HasSubstr("nowhere"));
    jobs.start({8, manifest_, root_, folder_ / "copy"});
    jobs.cancel(8);
    EXPECT_FALSE(jobs.has(8));
    EXPECT_THAT(jobs.take(), IsEmpty());
}

}  // namespace
}  // namespace shoal::client
