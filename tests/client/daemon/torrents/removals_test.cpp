#include "client/daemon/torrents/removals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class RemovalsTest : public testing::Test {
  protected:
    void save(TorrentNumber number) {
        TorrentRecord record;
        record.number = number;
        record.hash = std::string(40, 'a');
        record.name = "content";
        record.folder = folder_.path().string();
        store_.save(record);
    }

    test::TemporaryFolder folder_;
    StateStore store_{folder_ / "state"};
    Removals removals_{store_};
};

TEST_F(RemovalsTest, StateStaysUntilTheContentIsGone) {
    save(1);
    std::ofstream(folder_ / "content") << "x";
    removals_.finish(1, folder_ / "content", nullptr);
    removals_.look();
    EXPECT_THAT(store_.torrents(), ElementsAre(1)) << "a restart has to go on with it";
    fs::remove(folder_ / "content");
    removals_.look();
    EXPECT_THAT(store_.torrents(), IsEmpty());
}

TEST_F(RemovalsTest, StateGoesInTheEndWhereTheContentDoesNot) {
    save(1);
    std::ofstream(folder_ / "content") << "x";
    removals_.finish(1, folder_ / "content", nullptr);
    for (int second = 0; second < 60; ++second) removals_.tick(second);
    EXPECT_THAT(store_.torrents(), IsEmpty());
    EXPECT_TRUE(fs::exists(folder_ / "content"));
}

TEST_F(RemovalsTest, FoldersThatWereMadeGoOnceTheyAreEmpty) {
    const fs::path made = folder_ / "made";
    const fs::path inner = made / "inner";
    fs::create_directories(inner);
    std::ofstream(inner / "content") << "x";
    removals_.leave_made_folders(inner, made);
    removals_.tick(0);
    EXPECT_TRUE(fs::exists(inner));
    fs::remove(inner / "content");
    removals_.tick(1);
    removals_.tick(2);
    EXPECT_FALSE(fs::exists(made));
    EXPECT_TRUE(fs::exists(folder_.path())) << "it was there before";
}

TEST_F(RemovalsTest, NumbersAreRecentForAMinute) {
    removals_.remember(5, 100);
    removals_.remember(6, 130);
    removals_.tick(160);
    EXPECT_THAT(removals_.recent(), ElementsAre(5, 6));
    removals_.tick(161);
    EXPECT_THAT(removals_.recent(), ElementsAre(6));
}

}  // namespace
}  // namespace shoal::daemon
