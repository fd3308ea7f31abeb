#include "client/daemon/watch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "common/error.hpp"
#include "common/file_io.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class WatchFolderTest : public testing::Test {
  protected:
    test::TemporaryFolder temporary;
    fs::path folder = temporary / "in";
    WatchFolder watch{folder};
    std::vector<std::string> taken;
    WatchFolder::Take take = [this](const std::string& name, const std::string& content) {
        if (content == "bad") throw Error(ExitCode::kBadTorrent, name, "not a torrent");
        taken.push_back(name + "=" + content);
    };

    void put(const std::string& name, const std::string& content) const {
        write_file_atomically(folder / name, content, Overwrite::kYes);
    }
    static WatchFolder::SystemTime later() {
        return WatchFolder::SystemTime::clock::now() + std::chrono::seconds(60);
    }
};

TEST_F(WatchFolderTest, TakesWhatANoticeNames) {
    put("a.torrent", "one");
    put("b.txt", "no");
    pollfd entry{watch.file_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
    EXPECT_THAT(watch.take_noticed(take), SizeIs(1));
    EXPECT_THAT(taken, ElementsAre("a.torrent=one"));
    EXPECT_TRUE(fs::exists(folder / "added" / "a.torrent"));
    EXPECT_FALSE(fs::exists(folder / "a.torrent"));
    EXPECT_TRUE(fs::exists(folder / "b.txt"));
    EXPECT_THAT(watch.take_noticed(take), IsEmpty());
}

TEST_F(WatchFolderTest, RefusesWithTheReasonBesideIt) {
    put("a.torrent", "bad");
    const auto results = watch.take_noticed(take);
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_THAT(results[0].refused, HasSubstr("not a torrent"));
    EXPECT_TRUE(fs::exists(folder / "refused" / "a.torrent"));
    EXPECT_EQ(read_file(folder / "refused" / "a.torrent.reason.txt", 1000), "a.torrent: not a torrent\n");
    put("a.torrent", "good");
    watch.take_noticed(take);
    EXPECT_THAT(taken, ElementsAre("a.torrent=good"));
}

TEST_F(WatchFolderTest, AScanWaitsUntilTheFileHasSettled) {
    put("a.torrent", "one");
    EXPECT_THAT(watch.take_settled(fs::last_write_time(folder / "a.torrent"), take), IsEmpty());
    EXPECT_THAT(watch.take_settled(later(), take), SizeIs(1));
    EXPECT_THAT(taken, ElementsAre("a.torrent=one"));
}

TEST_F(WatchFolderTest, LooksAtNothingButPlainTorrentsAndMagnets) {
    put("m.magnet", "magnet:?");
    put(".hidden.torrent", "x");
    put("c.torrent.part", "x");
    fs::create_directory(folder / "d.torrent");
    write_file_atomically(temporary / "secret", "secret", Overwrite::kNo);
    fs::create_symlink(temporary / "secret", folder / "link.torrent");
    watch.take_settled(later(), take);
    EXPECT_THAT(taken, ElementsAre("m.magnet=magnet:?"));
}

TEST_F(WatchFolderTest, WhatCannotBeMovedIsNotTakenAgain) {
    write_file_atomically(folder / "added", "a file in the way", Overwrite::kNo);
    put("a.torrent", "one");
    const auto results = watch.take_settled(later(), take);
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_THAT(results[0].not_moved, Not(IsEmpty()));
    EXPECT_THAT(results[0].refused, IsEmpty());
    EXPECT_THAT(watch.take_settled(later(), take), IsEmpty());
    EXPECT_THAT(taken, SizeIs(1));
}

TEST_F(WatchFolderTest, ReadsWhereATorrentIsToStartFromAndPutsThatAwayToo) {
    put("a.reuse", "/srv/model-1.bin\n");
    put("a.torrent", "one");
    put("b.reuse", "model-1.bin");
    put("other.reuse", "/srv");
    EXPECT_EQ(watch.older_version("a.torrent"), "/srv/model-1.bin");
    EXPECT_THROW(static_cast<void>(watch.older_version("b.torrent")), Error);
    EXPECT_THAT(watch.older_version("c.torrent"), IsEmpty());
    watch.take_settled(later(), take);
    EXPECT_TRUE(fs::exists(folder / "added" / "a.reuse"));
    EXPECT_TRUE(fs::exists(folder / "other.reuse"));
}

TEST(WatchFolder, NamesAFolderThatCannotBe) {
    EXPECT_THROW(WatchFolder("/dev/null/in"), Error);
}

}  // namespace
}  // namespace shoal::daemon
