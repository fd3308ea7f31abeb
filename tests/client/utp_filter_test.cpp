#include "client/swarm/plugin/utp_filter.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "client/swarm/plugin/endpoint.hpp"
#include "common/file_descriptor.hpp"
#include "common/ip_address.hpp"
#include "common/socket_address.hpp"
#include "tests/client/loopback_swarm.hpp"

namespace shoal::client {
namespace {

/// uTP's first packet.
std::string syn(char extension) {
    std::string packet(20, '\0');
    packet[0] = 0x41;
    packet[1] = extension;
    packet[3] = 7;   // connection
    packet[13] = 4;  // 256 KiB of window
    packet[17] = 1;  // sequence number
    if (extension == 2) packet += std::string{0, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    return packet;
}

/// On a loopback address, at any free port.
class UdpSocket {
  public:
    UdpSocket() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const SocketAddress any({IpAddress::v4({127, 0, 0, 1}), 0});
        EXPECT_EQ(::bind(fd_.get(), any.get(), any.size()), 0);
        const timeval patience{.tv_sec = 60, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    [[nodiscard]] Endpoint endpoint() const { return local_endpoint(fd_.get()).value(); }
    void send(const Endpoint& to, const std::string& packet) const {
        const SocketAddress address(to);
        ::sendto(fd_.get(), packet.data(), packet.size(), 0, address.get(), address.size());
    }
    [[nodiscard]] std::optional<std::string> receive(int flags = 0) const {
        std::array<char, 2048> bytes{};
        const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), flags);
        if (size < 0) return std::nullopt;
        return std::string(bytes.data(), static_cast<std::size_t>(size));
    }

  private:
    FileDescriptor fd_;
};

TEST(UtpFilter, DropsFirstPacketsOfAllButOldLibutp) {
    const UdpSocket ours;
    const UdpSocket theirs;
    ASSERT_FALSE(admit_only_old_libutp(ours.endpoint()));
    const std::string data = std::string(1, 0x01) + std::string(30, 'x');
    const std::string dht = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";
    for (const std::string& packet : {syn(0), syn(3), data, dht, syn(0), syn(2)})
        theirs.send(ours.endpoint(), packet);
    EXPECT_EQ(ours.receive(), data);
    EXPECT_EQ(ours.receive(), dht);
    EXPECT_EQ(ours.receive(), syn(2));
}

TEST(UtpFilter, SaysWhereThereIsNoSocket) {
    Endpoint gone;
    {
        const UdpSocket socket;
        gone = socket.endpoint();
    }
    EXPECT_EQ(admit_only_old_libutp(gone), std::errc::no_such_file_or_directory);
}

TEST(UtpFilter, IsOnTheSocketOfItsSession) {
    for (const bool filtered : {true, false}) {
        lt::session_params params = LoopbackHost::params(1);
        params.settings.set_bool(lt::settings_pack::enable_incoming_utp, true);
        if (filtered) params.extensions.push_back(std::make_shared<UtpFilter>());
        const LoopbackHost host(1, std::move(params));
        const lt::tcp::endpoint at = host.endpoint();
        const Endpoint to = from_libtorrent(at.address(), at.port());
        const UdpSocket libtorrent;
        const UdpSocket transmission;
        libtorrent.send(to, syn(0));
        transmission.send(to, syn(2));
        EXPECT_TRUE(transmission.receive());
        EXPECT_EQ(libtorrent.receive(MSG_DONTWAIT).has_value(), !filtered);
    }
}

}  // namespace
}  // namespace shoal::client
