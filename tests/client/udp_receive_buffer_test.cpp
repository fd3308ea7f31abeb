#include "client/swarm/plugin/udp_receive_buffer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <memory>
#include <utility>

#include "client/swarm/plugin/endpoint.hpp"
#include "client/swarm/plugin/udp_sockets.hpp"
#include "tests/client/loopback_swarm.hpp"

namespace shoal::client {
namespace {

/// As the kernel tells it: twice what was asked for.
int receive_buffer(int socket) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    EXPECT_EQ(::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size), 0);
    return bytes;
}

int receive_buffer_of(lt::session_params params) {
    params.settings.set_bool(lt::settings_pack::enable_incoming_utp, true);
    const LoopbackHost host(1, std::move(params));
    const lt::tcp::endpoint at = host.endpoint();
    const auto sockets = udp_sockets_at(from_libtorrent(at.address(), at.port()));
    EXPECT_EQ(sockets.size(), 1U);
    return sockets.empty() ? 0 : receive_buffer(sockets.front());
}

TEST(UdpReceiveBuffer, IsWiderThanTheKernelsOwnOnTheSocketOfItsSession) {
    const int before = receive_buffer_of(LoopbackHost::params(1));
    lt::session_params params = LoopbackHost::params(1);
    params.extensions.push_back(std::make_shared<UdpReceiveBuffer>());
    EXPECT_GT(receive_buffer_of(std::move(params)), before);
}

TEST(UdpReceiveBuffer, SaysZeroWhereThereIsNoSocket) {
    EXPECT_EQ(widen_receive_buffer({IpAddress::v4({127, 0, 0, 1}), 1}, UdpReceiveBuffer::kBytes), 0);
}

}  // namespace
}  // namespace shoal::client
