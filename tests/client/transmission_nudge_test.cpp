#include "client/swarm/plugin/transmission_nudge.hpp"

#include <gtest/gtest.h>

#include <libtorrent/extensions.hpp>
#include <memory>
#include <set>
#include <string>

#include "tests/client/loopback_swarm.hpp"
#include "tests/client/wire_peer.hpp"

namespace shoal::client {
namespace {

TEST(TransmissionNudge, SendsKeepAlivesToTransmissionThatDialledAndToNobodyElse) {
    const LoopbackContent content;
    LoopbackHost host(1);
    host.session.add_extension(
        [](const lt::torrent_handle&, lt::client_data_t) { return std::make_shared<TransmissionNudge>(); });
    host.add_torrent(content.info(), content.folder_for(1, true), true);
    WirePeer other(host.endpoint(), content.info().info_hashes().v1, "-qB4500-");
    WirePeer transmission(host.endpoint(), content.info().info_hashes().v1, "-TR3000-");
    transmission.read_handshake();
    for (int keep_alives = 0; keep_alives < 3;) {
        if (transmission.read_message().empty()) ++keep_alives;
    }
    other.read_handshake();
    while (other.has_more()) EXPECT_NE(other.read_message(), "");
    EXPECT_EQ(host.peers(), (std::set<std::string>{"-TR3000-", "-qB4500-"}));
}

}  // namespace
}  // namespace shoal::client
