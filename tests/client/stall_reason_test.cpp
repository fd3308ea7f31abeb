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
    EXPECT_EQ(stall_reason(downloading(2, 1, 0, 2), ""), "2 connected peers send nothing");
}

TEST(StallReason, KnowsThatAMagnetWaitsForMetadata) {
    TorrentStatus status = downloading(1, 0, 0, 1);
    status.state = TorrentStatus::State::kMetadata;
    EXPECT_EQ(stall_reason(status, ""), "none of the 1 connected peers has the metadata");
}

}  // namespace
}  // namespace shoal::client
