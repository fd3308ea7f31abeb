#include "tracker/web/torrent_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::tracker {
namespace {

using ::testing::ElementsAre;

SwarmView torrent(char hash, bool registered, UnixSeconds created, std::uint32_t leechers = 0) {
    SwarmView view;
    view.info_hash = *InfoHash::from_bytes(std::string(20, hash));
    view.registered = registered;
    if (registered) view.name = {'M', 'o', 'd', 'e', 'l', '-', hash};
    view.created = created;
    view.counts.incomplete = leechers;
    return view;
}

std::vector<char> select(const TorrentFilter& filter) {
    const auto selected =
        select_torrents({torrent('a', false, 50, 9), torrent('b', true, 10), torrent('c', true, 5, 3),
                         torrent('d', false, 60), torrent('e', true, 20), torrent('f', true, 20)},
                        filter);
    std::vector<char> out;
    for (const SwarmView& view : selected) out.push_back(static_cast<char>(view.info_hash.bytes[0]));
    return out;
}

TEST(SelectTorrents, PutsTheOperatorsFirst) {
    EXPECT_THAT(select({}), ElementsAre('e', 'f', 'b', 'c', 'd', 'a'));
    EXPECT_THAT(select({{}, "", TorrentOrder::kActivity}), ElementsAre('c', 'e', 'f', 'b', 'a', 'd'));
}

TEST(SelectTorrents, PutsTorrentsInTroubleFirst) {
    SwarmView healthy = torrent('a', true, 50, 9);
    healthy.counts.complete = 1;
    const SwarmView without_seed = torrent('b', true, 10, 2);
    SwarmView with_lost = torrent('c', true, 5, 2);
    with_lost.counts.complete = 1;
    with_lost.lost = 1;
    SwarmView idle = torrent('d', true, 60);
    idle.counts.complete = 3;
    std::string order;
    for (const SwarmView& view :
         select_torrents({healthy, without_seed, with_lost, idle}, {{}, "", TorrentOrder::kActivity}))
        order += static_cast<char>(view.info_hash.bytes[0]);
    EXPECT_EQ(order, "bcad");
}

TEST(SelectTorrents, PutsATorrentWhoseHostsAreAllLostAmongThoseToLookAt) {
    SwarmView gone = torrent('a', true, 5);
    gone.lost = 3;
    TorrentFilter filter;
    filter.order = TorrentOrder::kActivity;
    const auto listed = select_torrents({torrent('b', true, 10), gone}, filter);
    EXPECT_EQ(listed.front().info_hash, gone.info_hash);
}

TEST(SelectTorrents, Filters) {
    EXPECT_THAT(select({true, "", TorrentOrder::kNewest}), ElementsAre('e', 'f', 'b', 'c'));
    EXPECT_THAT(select({false, "", TorrentOrder::kNewest}), ElementsAre('d', 'a'));
    EXPECT_THAT(select({{}, "mODEL-F", TorrentOrder::kNewest}), ElementsAre('f'));
    EXPECT_THAT(select({{}, "6464", TorrentOrder::kNewest}), ElementsAre('d')) << "a hash begins so";
    EXPECT_THAT(select({{}, "666666666666666666666666xyz", TorrentOrder::kNewest}), ElementsAre());
    const std::string v2 = "6161616161616161616161616161616161616161000000000000000000000000";
    EXPECT_THAT(select({{}, v2, TorrentOrder::kNewest}), ElementsAre('a')) << "a v2 hash is one, too";
}

}  // namespace
}  // namespace shoal::tracker
