#include "tracker/udp/udp_responder.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tracker/access/access_control.hpp"
#include "tracker/desk/announce_desk.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

std::string be(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
    return out;
}

/// The UDP front end on a desk, without sockets.
class UdpFrontEndTest : public testing::Test {
  protected:
    std::string ask(const std::string& datagram) {
        std::string answer;
        responder.respond(datagram, from, answer);
        return answer;
    }
    std::string header(std::uint32_t action) const {
        return be(ids.issue(from.address, kNow), 8) + be(action, 4) + be(7, 4);
    }
    std::string announce(std::uint32_t event, std::uint32_t key, std::uint64_t left = 100) const {
        return header(1) + std::string(20, 'h') + std::string(20, 'p') + be(0, 8) + be(left, 8) + be(0, 8) +
               be(event, 4) + be(0, 4) + be(key, 4) + be(0xffffffff, 4) + be(6881, 2);
    }

    AccessControl access{{}};
    SwarmTable swarms{SwarmOptions{}, [] { return 7u; }};
    AnnounceDesk desk{swarms, access, [] { return kNow; }};
    udp::ConnectionIds ids{1, 2};
    UdpResponder responder{desk, [] { return kNow; }, ids};
    Endpoint from{*IpAddress::parse("10.0.0.1"), 5000};
};

TEST_F(UdpFrontEndTest, TakesANewKeyInEachAnnounce) {
    for (const std::uint32_t key : {11u, 22u, 33u}) {
        const std::string answer = ask(announce(key == 11 ? 2 : 0, key));
        EXPECT_EQ(answer.substr(12), be(1, 4) + be(0, 4)) << "one leecher, no seed, no peers";
    }
    EXPECT_EQ(ask(announce(3, 44)).substr(12), be(0, 4) + be(0, 4));
}

TEST_F(UdpFrontEndTest, TakesThePausedOfAPartialSeed) {
    EXPECT_EQ(ask(announce(4, 1, 50)).substr(0, 8), be(1, 4) + be(7, 4));
    EXPECT_EQ(swarms.scrape(*InfoHash::from_bytes(std::string(20, 'h'))).downloaders, 0u);
}

TEST_F(UdpFrontEndTest, NeverAnswersWithAnErrorLongerThanTheRequest) {
    std::string forged = announce(0, 1);
    forged.replace(0, 8, 8, '\1');
    for (const std::string& packet :
         {announce(0, 1), forged, header(2), forged.substr(0, 8) + header(2).substr(8)}) {
        for (std::size_t size = 16; size <= packet.size(); ++size) {
            const std::string answer = ask(packet.substr(0, size));
            ASSERT_GE(answer.size(), 8u) << size;
            if (answer.substr(0, 4) == be(3, 4)) {
                EXPECT_LE(answer.size(), size);
            }
        }
    }
    EXPECT_EQ(ask(forged).substr(8), "connect again");
}

}  // namespace
}  // namespace shoal::tracker
