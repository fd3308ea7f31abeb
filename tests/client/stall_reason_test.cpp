#include "client/download/stall_reason.hpp"

#include <gtest/gtest.h>

namespace shoal::client {
namespace {

TorrentStatus downloading(int peers, int seeds, int choking, int known) {
    TorrentStatus status;
    status.state = TorrentStatus::State::kDownloading;
    status.peers = peers;
    status.seeds = seeds;
    status.peers_choking = choking;
    status.peers_known = known;
    return status;
}

TEST(StallReason, QuotesTheTrackerWhenThereIsNobody) {
    EXPECT_EQ(stall_reason(downloading(0, 0, 0, 0), ""), "no peers found");
    EXPECT_EQ(stall_reason(downloading(0, 0, 0, 0), "http://t/announce: not for you"),
              "no peers found (tracker http://t/announce: not for you)");
}

TEST(StallReason, TellsUnreachablePeersFromNone) {
    EXPECT_EQ(stall_reason(downloading(0, 0, 0, 3), ""), "none of the 3 known peers can be reached");
}

TEST(StallReason, TellsWhatConnectedPeersDo) {
    EXPECT_EQ(stall_reason(downloading(2, 1, 2, 2), ""), "all 2 connected peers choke us");
    EXPECT_EQ(stall_reason(downloading(2, 0, 0, 2), ""), "none of the 2 connected peers has what is missing");
    EXPECT_EQ(stall_reason(downloading(2, 1, 0, 2), ""), "the 2 connected peers send nothing");
}

TEST(StallReason, CountsToOne) {
    EXPECT_EQ(stall_reason(downloading(0, 0, 0, 1), ""), "the only known peer can't be reached");
    EXPECT_EQ(stall_reason(downloading(1, 1, 1, 1), ""), "the only connected peer chokes us");
    EXPECT_EQ(stall_reason(downloading(1, 1, 0, 1), ""), "the only connected peer sends nothing");
}

TEST(StallReason, KnowsThatAMagnetWaitsForMetadata) {
    TorrentStatus status = downloading(1, 0, 0, 1);
    status.state = TorrentStatus::State::kMetadata;
    EXPECT_EQ(stall_reason(status, ""), "the only connected peer does not have the metadata");
}

}  // namespace
}  // namespace shoal::client
