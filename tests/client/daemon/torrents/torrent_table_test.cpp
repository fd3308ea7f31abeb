#include "client/daemon/torrents/torrent_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using testing::ElementsAre;

const std::string kV1(40, 'a');
const std::string kV2 = std::string(40, 'b') + std::string(24, 'c');

class TorrentTableTest : public testing::Test {
  protected:
    Torrent& insert(TorrentNumber number) {
        auto torrent = std::make_unique<Torrent>();
        torrent->record.number = number;
        return table_.insert(std::move(torrent));
    }

    TorrentTable table_;
};

TEST_F(TorrentTableTest, FindsByEitherHashInAnyCase) {
    table_.name_hashes(insert(3), {kV1, kV2});
    EXPECT_EQ(table_.find_hash(std::string(40, 'A')), 3);
    EXPECT_EQ(table_.find_hash(kV2), 3);
    EXPECT_EQ(table_.find_hash(kV2.substr(0, 40)), 3);
    EXPECT_FALSE(table_.find_hash(std::string(40, 'c')));
    EXPECT_FALSE(table_.find_hash(""));
}

TEST_F(TorrentTableTest, AHashNamesOneTorrent) {
    table_.name_hashes(insert(3), {kV1, ""});
    Torrent& second = insert(4);
    EXPECT_THROW(table_.name_hashes(second, {kV1}), Error);
    table_.erase(second);
    EXPECT_EQ(table_.find_hash(kV1), 3) << "it was not the second one's to take along";
    table_.erase(table_.at(3));
    EXPECT_FALSE(table_.find_hash(kV1));
    table_.name_hashes(insert(5), {kV1});
    EXPECT_EQ(table_.find_hash(kV1), 5);
}

TEST_F(TorrentTableTest, FindsWhoTheSwarmMeansWhileItIsThere) {
    Torrent& torrent = insert(3);
    table_.join(torrent, 70);
    EXPECT_EQ(table_.of_swarm(70), &torrent);
    table_.leave(torrent);
    EXPECT_EQ(table_.of_swarm(70), nullptr);
    EXPECT_EQ(torrent.swarm_id, 0u);
    table_.join(torrent, 71);
    table_.erase(torrent);
    EXPECT_EQ(table_.of_swarm(71), nullptr);
}

TEST_F(TorrentTableTest, GoesRound) {
    for (const TorrentNumber number : {2, 5, 9}) insert(number);
    EXPECT_EQ(table_.next_after(0).number(), 2);
    EXPECT_EQ(table_.next_after(2).number(), 5);
    EXPECT_EQ(table_.next_after(7).number(), 9);
    EXPECT_EQ(table_.next_after(9).number(), 2);
    EXPECT_THAT(table_.numbers(), ElementsAre(2, 5, 9));
}

TEST_F(TorrentTableTest, SaysWhichNumberIsMissing) {
    EXPECT_EQ(table_.find(8), nullptr);
    try {
        static_cast<void>(table_.at(8));
        FAIL() << "there is none";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("torrent 8"));
    }
}

}  // namespace
}  // namespace shoal::daemon
