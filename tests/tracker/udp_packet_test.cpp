#include "tracker/protocol/udp_packet.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tracker/protocol/connection_id.hpp"

namespace shoal::tracker::udp {
namespace {

const std::string kZero8(8, '\0');

std::string be(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += i < 8 ? static_cast<char>(value >> (8 * i) & 0xff) : '\0';
    return out;
}

std::string announce(std::uint64_t left, std::uint32_t event = 2, std::uint32_t numwant = 0xffffffff,
                     std::uint16_t port = 6881) {
    return be(0x1122334455667788, 8) + be(1, 4) + be(7, 4) + std::string(20, 'h') + std::string(20, 'p') +
           be(5, 8) + be(left, 8) + be(6, 8) + be(event, 4) + be(0, 4) + be(0xdeadbeef, 4) + be(numwant, 4) +
           be(port, 2);
}

template <class Body>
Body body(const std::string& bytes) {
    const auto packet = parse(bytes);
    EXPECT_TRUE(packet && std::holds_alternative<Body>(packet->body));
    return packet && std::holds_alternative<Body>(packet->body) ? std::get<Body>(packet->body) : Body{};
}

TEST(UdpPacket, ParsesAConnect) {
    const auto packet = parse(be(0x41727101980, 8) + be(0, 4) + be(9, 4));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->transaction, 9u);
    EXPECT_TRUE(std::holds_alternative<Connect>(packet->body));
    EXPECT_FALSE(parse(be(0x41727101981, 8) + be(0, 4) + be(9, 4))) << "the magic number is part of it";
}

TEST(UdpPacket, ParsesAnAnnounce) {
    const auto packet = parse(announce(100));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->connection_id, 0x1122334455667788u);
    EXPECT_EQ(packet->transaction, 7u);
    const AnnounceRequest request = body<Announce>(announce(100)).request;
    EXPECT_EQ(request.info_hash.view(), std::string(20, 'h'));
    EXPECT_EQ(request.peer_id.view(), std::string(20, 'p'));
    EXPECT_EQ(request.downloaded, 5u);
    EXPECT_EQ(request.left, 100u);
    EXPECT_EQ(request.uploaded, 6u);
    EXPECT_EQ(request.event, Event::kStarted);
    EXPECT_EQ(request.key, 0xdeadbeefu);
    EXPECT_FALSE(request.numwant) << "-1 is the default";
    EXPECT_EQ(request.port, 6881);
    EXPECT_FALSE(request.ip);
    EXPECT_EQ(body<Announce>(announce(std::uint64_t{1} << 33, 1, 5)).request.left, std::uint64_t{1} << 33);
    EXPECT_EQ(body<Announce>(announce(0, 1, 5)).request.numwant, 5u);
    EXPECT_FALSE(body<Announce>(announce(UINT64_MAX)).request.left) << "-1 is unknown";
}

TEST(UdpPacket, ReadsTheRequestString) {
    EXPECT_EQ(body<Announce>(announce(1) + "\x02\x09/announce\x01\x02\x04/KEY").request_string,
              "/announce/KEY");
    EXPECT_EQ(body<Announce>(announce(1) + std::string("\x00\x02\x01x", 4)).request_string, "")
        << "after the end";
    EXPECT_EQ(body<Announce>(announce(1) + "\x05\x03xyz\x02\x01/").request_string, "/")
        << "an unknown option";
    EXPECT_EQ(body<Announce>(announce(1) + "\x02\xff/cut").request_string, "/cut") << "longer than it is";
    EXPECT_EQ(body<Announce>(announce(1) + "\x02").request_string, "");
}

TEST(UdpPacket, ParsesAScrape) {
    const std::string front = be(1, 8) + be(2, 4) + be(3, 4);
    EXPECT_EQ(body<Scrape>(front + std::string(40, 'x')).request.info_hashes.size(), 2u);
    EXPECT_EQ(body<Scrape>(front + std::string(100 * 20, 'x')).request.info_hashes.size(), kMaxScrape);
    body<Failure>(front);
    body<Failure>(front + std::string(19, 'x'));
}

TEST(UdpPacket, RefusesWhatIsMalformed) {
    body<Failure>(announce(1).substr(0, 97));
    EXPECT_FALSE(parse(""));
    EXPECT_FALSE(parse(std::string(15, '\0')));
    EXPECT_FALSE(parse(be(1, 8) + be(9, 4) + be(3, 4))) << "an unknown action";
}

TEST(UdpPacket, ServesWhatIsOddButHarmless) {
    EXPECT_EQ(body<Announce>(announce(1, 4)).request.event, Event::kPaused) << "libtorrent, BEP 21";
    for (const std::uint32_t event : {5u, 7u, 0xffffffffu})
        EXPECT_EQ(body<Announce>(announce(1, event)).request.event, Event::kNone) << event;
    EXPECT_EQ(body<Announce>(announce(1, 0, 1, 0)).request.port, 0) << "it can dial, though not be dialled";
    EXPECT_FALSE(body<Announce>(announce(INT64_MAX)).request.left) << "larger than any torrent";
    EXPECT_EQ(body<Announce>(announce(kMostLeft)).request.left, kMostLeft);
    std::string negative = announce(1);
    negative.replace(56, 8, std::string(8, '\xff'));
    negative.replace(72, 8, std::string(8, '\xff'));
    EXPECT_EQ(body<Announce>(negative).request.downloaded, 0u);
    EXPECT_EQ(body<Announce>(negative).request.uploaded, 0u);
}

TEST(UdpPacket, CutsAnErrorToTheLengthOfItsRequest) {
    std::string out;
    write_error(8, "a long reason", 16, out);
    EXPECT_EQ(out, be(3, 4) + be(8, 4) + "a long r");
    write_error(8, "a long reason", 8, out);
    EXPECT_EQ(out, be(3, 4) + be(8, 4));
}

TEST(UdpPacket, WritesItsAnswers) {
    std::string out = "before";
    write_connect(9, 0x0102030405060708, out);
    EXPECT_EQ(out, be(0, 4) + be(9, 4) + "\1\2\3\4\5\6\7\x08");
    AnnounceAnswer answer;
    answer.interval = 30;
    answer.counts = {2, 3, 3, 0};
    PeerContact both;
    both.set(*IpAddress::parse("10.0.0.1"), 0x1ae1);
    both.set(*IpAddress::parse("2001:db8::1"), 80);
    answer.peers = {both};
    write_announce(7, answer, false, out);
    EXPECT_EQ(out, be(1, 4) + be(7, 4) + be(30, 4) + be(3, 4) + be(2, 4) + be(0x0a000001, 4) + be(0x1ae1, 2));
    write_announce(7, answer, true, out);
    EXPECT_EQ(out, be(1, 4) + be(7, 4) + be(30, 4) + be(3, 4) + be(2, 4) + be(0x20010db800000000, 8) +
                       be(1, 8) + be(80, 2));
    answer.peers.assign(1000, both);
    write_announce(7, answer, true, out);
    EXPECT_EQ(out.size(), 20 + 76 * 18u) << "as many as fit one frame";
    PeerContact only6;
    only6.set(*IpAddress::parse("2001:db8::2"), 81);
    answer.peers = {only6, both, only6};
    write_announce(7, answer, false, out);
    EXPECT_EQ(out.substr(20), be(0x0a000001, 4) + be(0x1ae1, 2)) << "of the family that was asked over";
    write_scrape(8, {{1, 2, 2, 3}, {}}, out);
    EXPECT_EQ(out, be(2, 4) + be(8, 4) + be(1, 4) + be(3, 4) + be(2, 4) + be(0, 12));
    write_error(8, "no", 98, out);
    EXPECT_EQ(out, be(3, 4) + be(8, 4) + "no");
}

TEST(ConnectionIds, HoldForTheirAddressAndAMinuteOrTwo) {
    const ConnectionIds ids(1, 2);
    const auto mine = *IpAddress::parse("10.0.0.1");
    const auto other = *IpAddress::parse("10.0.0.2");
    const std::uint64_t id = ids.issue(mine, 6000);
    EXPECT_TRUE(ids.valid(id, mine, 6000));
    EXPECT_TRUE(ids.valid(id, mine, 6119));
    EXPECT_FALSE(ids.valid(id, mine, 6120));
    EXPECT_FALSE(ids.valid(id, other, 6000));
    EXPECT_FALSE(ids.valid(id + 1, mine, 6000));
    EXPECT_FALSE(ConnectionIds(1, 3).valid(id, mine, 6000)) << "another key";
    EXPECT_FALSE(ids.valid(0, mine, 6000));
}

}  // namespace
}  // namespace shoal::tracker::udp
