#include "client/swarm/plugin/utp_refusal.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <chrono>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "client/swarm/plugin/endpoint.hpp"
#include "client/swarm/plugin/udp_sockets.hpp"
#include "common/file_descriptor.hpp"
#include "common/ip_address.hpp"
#include "common/socket_address.hpp"
#include "tests/client/loopback_swarm.hpp"

namespace shoal::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// uTP's first packet: connection 7, sequence number 0x0102.
std::string syn(char extension) {
    std::string packet(20, '\0');
    packet[0] = 0x41;
    packet[1] = extension;
    packet[3] = 7;
    packet[13] = 4;  // 256 KiB of window
    packet[16] = 1;
    packet[17] = 2;
    if (extension == 2) packet += std::string{0, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    return packet;
}

const std::string kData = std::string(1, 0x01) + std::string(30, 'x');
const std::string kDht = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";

class UdpSocket {
  public:
    explicit UdpSocket(const Endpoint& at = {IpAddress::v4({127, 0, 0, 1}), 0})
        : fd_(::socket(at.address.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const SocketAddress address(at);
        EXPECT_EQ(::bind(fd_.get(), address.get(), address.size()), 0);
        const timeval patience{.tv_sec = 60, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Endpoint endpoint() const { return local_endpoint(fd_.get()).value(); }
    void send(const Endpoint& to, const std::string& packet) const {
        const SocketAddress address(to);
        ::sendto(fd_.get(), packet.data(), packet.size(), 0, address.get(), address.size());
    }
    [[nodiscard]] std::optional<std::string> receive() const { return receive_from(fd_.get()); }

    static std::optional<std::string> receive_from(int fd) {
        std::array<char, 2048> bytes{};
        const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (size < 0) return std::nullopt;
        return std::string(bytes.data(), static_cast<std::size_t>(size));
    }

  private:
    FileDescriptor fd_;
};

TEST(UtpSyn, IsReadFromTheFirstPacketAlone) {
    const auto modern = UtpSyn::parse(syn(0));
    ASSERT_TRUE(modern);
    EXPECT_EQ(modern->connection, 7);
    EXPECT_EQ(modern->sequence, 0x0102);
    EXPECT_FALSE(modern->old_libutp);
    EXPECT_TRUE(UtpSyn::parse(syn(2)).value().old_libutp);
    EXPECT_FALSE(UtpSyn::parse(syn(0).substr(0, 19)));
    for (const std::string& other : {std::string(), kData, kDht, std::string(20, 0x31)})
        EXPECT_FALSE(UtpSyn::parse(other)) << other;
}

TEST(UtpSyn, IsRefusedByAResetOfItsConnectionThatIsNoLonger) {
    const std::string reset = utp_reset({.connection = 0xfe01, .sequence = 0x0203, .old_libutp = false},
                                        std::chrono::microseconds(0x1'0a0b'0c0d));
    const std::string expected{0x31, 0, '\xfe', 1, 0x0a, 0x0b, 0x0c, 0x0d, 0, 0,
                               0,    0, 0,      0, 0,    0,    0,    0,    2, 3};
    EXPECT_EQ(reset, expected);
    EXPECT_LE(reset.size(), syn(0).size());
}

TEST(UtpRefusal, DivertsFirstPacketsAndNothingElse) {
    for (const IpAddress& address : {IpAddress::v4({127, 0, 0, 1}), *IpAddress::parse("::1")}) {
        const UdpSocket ours({address, 0});
        const UdpSocket theirs({address, 0});
        std::error_code error;
        const FileDescriptor beside = divert_first_packets(ours.fd(), error);
        ASSERT_FALSE(error) << error.message();
        EXPECT_EQ(local_endpoint(beside.get()), ours.endpoint());
        for (const std::string& packet : {syn(0), kData, syn(2), std::string(), kDht})
            theirs.send(ours.endpoint(), packet);
        EXPECT_EQ(ours.receive(), kData);
        EXPECT_EQ(ours.receive(), "");
        EXPECT_EQ(ours.receive(), kDht);
        EXPECT_EQ(UdpSocket::receive_from(beside.get()), syn(0));
        EXPECT_EQ(UdpSocket::receive_from(beside.get()), syn(2));
    }
}

TEST(UtpRefusal, SaysWhyItCantDivert) {
    std::error_code error;
    EXPECT_LT(divert_first_packets(-1, error).get(), 0);
    EXPECT_EQ(error, std::errc::bad_file_descriptor);
}

lt::session_params refusing(int number) {
    lt::session_params params = LoopbackHost::params(number);
    params.settings.set_bool(lt::settings_pack::enable_incoming_utp, true);
    params.settings.set_bool(lt::settings_pack::seeding_outgoing_connections, false);
    params.settings.set_bool(lt::settings_pack::close_redundant_connections, false);
    params.settings.set_int(lt::settings_pack::out_enc_policy, lt::settings_pack::pe_disabled);
    params.extensions.push_back(std::make_shared<UtpRefusal>(false, 100));
    return params;
}

TEST(UtpRefusal, ResetsWhoeverDialsItsSession) {
    const LoopbackHost host(1, refusing(1));
    const Endpoint to = from_libtorrent(host.endpoint().address(), host.endpoint().port());
    for (const char extension : {'\0', '\2'}) {
        const UdpSocket client;
        client.send(to, syn(extension));
        const std::string answer = client.receive().value_or("");
        ASSERT_EQ(answer.size(), 20U);
        EXPECT_EQ(answer[0], 0x31);
        EXPECT_EQ(answer.substr(2, 2), syn(extension).substr(2, 2));
        EXPECT_EQ(answer.substr(18, 2), syn(extension).substr(16, 2));
    }
}

TEST(UtpRefusal, SendsLibtorrentToTcp) {
    const LoopbackContent content;
    LoopbackHost seed(1, refusing(1));
    seed.add_torrent(content.info(), content.folder_for(1, true), true);
    lt::session_params both = LoopbackHost::params(2);
    both.settings.set_bool(lt::settings_pack::enable_outgoing_utp, true);
    // Two seeds would part before the test has looked.
    both.settings.set_bool(lt::settings_pack::close_redundant_connections, false);
    LoopbackHost leecher(2, std::move(both));
    leecher.add_torrent(content.info(), content.folder_for(2, false), false);
    leecher.dial(seed);
    std::vector<lt::peer_info> peers;
    ASSERT_TRUE(eventually([&] {
        leecher.torrent.get_peer_info(peers);
        return peers.size() == 1 && peers.front().num_pieces == LoopbackContent::kPieces;
    }));
    EXPECT_FALSE(peers.front().flags & lt::peer_info::utp_socket);
}

TEST(UtpRefusal, DialsAnOldLibutpAtThePortThatItDialledFromForEachTorrent) {
    const LoopbackContent content;
    LoopbackHost host(1, refusing(1));
    host.add_torrent(content.info(), content.folder_for(1, true), true);
    asio::io_context context;
    tcp::acceptor listening(context, {asio::ip::make_address_v4("127.0.0.1"), 0});
    const UdpSocket transmission({IpAddress::v4({127, 0, 0, 1}), listening.local_endpoint().port()});
    transmission.send(from_libtorrent(host.endpoint().address(), host.endpoint().port()), syn(2));
    tcp::socket dialled = listening.accept();
    std::string handshake(48, '\0');
    asio::read(dialled, asio::buffer(handshake));
    EXPECT_EQ(handshake.substr(28), content.info().info_hashes().v1.to_string());
    // Its torrents that are finished, as this one is, are not to dial for much longer.
    EXPECT_TRUE(eventually([&] {
        return !host.session.get_settings().get_bool(lt::settings_pack::seeding_outgoing_connections);
    }));
}

}  // namespace
}  // namespace shoal::client
