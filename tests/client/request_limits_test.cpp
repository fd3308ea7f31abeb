#include "client/swarm/plugin/request_limits.hpp"

#include <gtest/gtest.h>

#include <libtorrent/extensions.hpp>
#include <memory>
#include <string>

#include "tests/client/loopback_swarm.hpp"
#include "tests/client/wire_peer.hpp"

namespace shoal::client {
namespace {

constexpr int kBetweenHosts = 200;

class RequestLimitsTest : public testing::Test {
  protected:
    RequestLimitsTest() {
        host_.session.add_extension([](const lt::torrent_handle&, lt::client_data_t) {
            return std::make_shared<RequestLimits>(kBetweenHosts);
        });
    }

    void add_torrent(bool seed) { host_.add_torrent(content_.info(), content_.folder_for(1, seed), seed); }
    WirePeer dialled_by(const std::string& peer_id, const WirePeer::Seed* seed = nullptr) {
        return {host_.endpoint(), content_.info().info_hashes().v1, peer_id, seed};
    }
    std::string extended_handshake_to(const std::string& peer_id) {
        WirePeer peer = dialled_by(peer_id);
        peer.read_handshake();
        while (true) {
            const std::string message = peer.read_message();
            if (message.substr(0, 2) == std::string{20, 0}) return message;
        }
    }
    /// How many come before the host waits for the first block.
    int first_requests_to(const std::string& peer_id, WirePeer::Seed seed, int at_least) {
        constexpr char kRequest = 6;
        WirePeer peer = dialled_by(peer_id, &seed);
        peer.read_handshake();
        int requests = 0;
        while (requests < at_least || peer.has_more()) {
            const std::string message = peer.read_message();
            if (!message.empty() && message[0] == kRequest) ++requests;
        }
        return requests;
    }

    LoopbackContent content_;
    LoopbackHost host_{1};
};

TEST_F(RequestLimitsTest, TellsHostsLessThanOtherClients) {
    add_torrent(true);
    EXPECT_NE(extended_handshake_to("-SH0100-").find("4:reqqi200e"), std::string::npos);
    EXPECT_NE(extended_handshake_to("-TR3000-").find("4:reqqi10000e"), std::string::npos);
}

TEST_F(RequestLimitsTest, BeginsWithManyWhereAnotherClientTakesHundreds) {
    add_torrent(false);
    EXPECT_EQ(first_requests_to("-XX3000-", {.takes = 300}, 128), 128);
}

TEST_F(RequestLimitsTest, BeginsWithAllThatTransmissionTakes) {
    add_torrent(false);
    EXPECT_EQ(first_requests_to("-TR3000-", {.takes = 300}, 298), 298);
}

TEST_F(RequestLimitsTest, BeginsWithFewWhereAClientTakesFew) {
    add_torrent(false);
    EXPECT_EQ(first_requests_to("-XX3000-", {.takes = 100}, 4), 4);
}

TEST_F(RequestLimitsTest, NeverHasAsManyUnderWayAsTheOtherEndSays) {
    add_torrent(false);
    EXPECT_EQ(first_requests_to("-XX3000-", {.takes = 4}, 2), 2);
}

}  // namespace
}  // namespace shoal::client
