#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {
namespace {

constexpr UnixSeconds kStart = 1'800'000'000;

/// Hosts 0-255 are 10.0.0.x, 256-511 are 10.0.1.x and so on; a /24 is a site.
class SelectionTest : public testing::Test {
  protected:
    static SwarmOptions options() {
        SwarmOptions options;
        options.sites = {{"a", {*IpNetwork::parse("10.0.0.0/24")}},
                         {"b", {*IpNetwork::parse("10.0.1.0/24"), *IpNetwork::parse("2001:db8::/32")}}};
        return options;
    }

    AnnounceAnswer announce(std::uint32_t host, std::uint64_t left,
                            AddressFamily family = AddressFamily::kBoth, bool v6 = false) {
        AnnounceRequest request;
        request.info_hash = *InfoHash::from_bytes(std::string(20, 'a'));
        request.peer_id =
            *PeerId::from_bytes("-SH0001-" + std::to_string(1'000'000'000'000 + host).substr(1));
        request.key = host;
        request.left = left;
        request.family = family;
        PeerContact contact;
        contact.peer_id = request.peer_id;
        const auto high = static_cast<std::uint8_t>(host >> 8);
        const auto low = static_cast<std::uint8_t>(host & 255);
        contact.set(v6 ? IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low})
                       : IpAddress::v4({10, 0, high, low}),
                    6881);
        AnnounceAnswer answer;
        failure = table->announce(request, contact, now, answer);
        return answer;
    }

    /// Peers of an answer by site; "seeds" counts hosts whose low byte is below 10.
    static std::map<std::string, int> tally(const AnnounceAnswer& answer) {
        std::map<std::string, int> count;
        for (const PeerContact& peer : answer.peers) {
            ++count[std::string(1, static_cast<char>('a' + peer.ipv4[2]))];
            if (peer.ipv4[3] < 10) ++count["seeds"];
        }
        return count;
    }

    UnixSeconds now = kStart;
    std::uint64_t seed = 1;
    std::optional<Failure> failure;
    std::unique_ptr<SwarmTable> table =
        std::make_unique<SwarmTable>(options(), [this] { return seed += 0x9e3779b97f4a7c15u; });
};

TEST_F(SelectionTest, PrefersTheOwnSiteAndMixesInTheOthers) {
    for (std::uint32_t host = 10; host < 200; ++host) announce(host, 100);              // site a
    for (std::uint32_t host = 256 + 10; host < 256 + 200; ++host) announce(host, 100);  // site b
    for (std::uint32_t host = 512 + 10; host < 512 + 200; ++host) announce(host, 100);  // of no site
    const auto count = tally(announce(10, 100));
    EXPECT_EQ(count.at("a"), 30);
    EXPECT_EQ(count.at("b") + count.at("c"), 20);
    EXPECT_GT(count.at("b"), 3);
    EXPECT_GT(count.at("c"), 3);
    const auto none = tally(announce(512 + 10, 100));
    EXPECT_GT(none.at("a"), 8) << "who is of no site gets of all";
    EXPECT_GT(none.at("b"), 8);
}

TEST_F(SelectionTest, GivesARemoteSeedEvenWhenTheSiteIsLarge) {
    for (std::uint32_t host = 10; host < 250; ++host) announce(host, 100);
    announce(256 + 1, 0);
    const auto count = tally(announce(10, 100));
    EXPECT_EQ(count.at("seeds"), 1);
    EXPECT_EQ(count.at("a"), 49);
}

TEST_F(SelectionTest, FillsUpFromElsewhereWhereTheSiteIsSmall) {
    announce(10, 100);
    announce(11, 100);
    for (std::uint32_t host = 256 + 10; host < 256 + 200; ++host) announce(host, 100);
    const auto count = tally(announce(10, 100));
    EXPECT_EQ(count.at("a"), 1);
    EXPECT_EQ(count.at("b"), 49);
}

TEST_F(SelectionTest, FollowsAPeerThatMovesToAnotherSite) {
    for (std::uint32_t host = 10; host < 100; ++host) announce(host, 100);
    announce(300, 100);
    announce(300, 100, AddressFamily::kBoth, true);
    EXPECT_EQ(announce(300, 0).counts.complete, 1u);
    EXPECT_EQ(table->peers(*InfoHash::from_bytes(std::string(20, 'a')), now, {}).total, 91u);
}

TEST_F(SelectionTest, GivesOnlyPeersOfTheFamilyThatFitsTheAnswer) {
    for (std::uint32_t host = 10; host < 40; ++host) announce(host, 100, AddressFamily::kBoth, host % 2 == 0);
    for (const PeerContact& peer : announce(10, 100, AddressFamily::kIpv4).peers) EXPECT_NE(peer.port4, 0);
    const auto six = announce(11, 100, AddressFamily::kIpv6);
    EXPECT_GE(six.peers.size(), 14u);
    for (const PeerContact& peer : six.peers) EXPECT_NE(peer.port6, 0);
}

TEST_F(SelectionTest, LetsSeedsOfAQuietSwarmWaitLonger) {
    announce(1, 0);
    EXPECT_LE(announce(1, 0).interval, 36u);
    now += 120;
    EXPECT_GE(announce(1, 0).interval, 60u);
    EXPECT_LE(announce(2, 100).interval, 36u) << "a leecher tells how far it is";
    EXPECT_LE(announce(1, 0).interval, 36u) << "somebody joined";
    now += 100'000;
    announce(1, 0);
    EXPECT_LE(announce(1, 0).interval, 144u);
}

TEST_F(SelectionTest, StopsAtItsCaps) {
    SwarmOptions few;
    few.max_peers_per_address = 2;
    few.max_peers_per_swarm = 3;
    table = std::make_unique<SwarmTable>(few, [] { return 1u; });
    const auto from_one_address = [&](std::uint32_t host) {
        AnnounceRequest request;
        request.info_hash = *InfoHash::from_bytes(std::string(20, 'a'));
        PeerContact contact;
        contact.set(IpAddress::v4({10, 0, 0, 1}), static_cast<std::uint16_t>(6881 + host));
        contact.peer_id.bytes.back() = static_cast<std::uint8_t>(host);
        AnnounceAnswer answer;
        return table->announce(request, contact, now, answer);
    };
    EXPECT_FALSE(from_one_address(1));
    EXPECT_FALSE(from_one_address(2));
    EXPECT_TRUE(from_one_address(3));
    EXPECT_FALSE(from_one_address(2)) << "it is there already";
    announce(100, 100);
    EXPECT_FALSE(failure);
    announce(101, 100);
    ASSERT_TRUE(failure);
    EXPECT_GT(failure->retry_in_minutes, 0u);
    few = {};
    few.max_swarms = 1;
    table = std::make_unique<SwarmTable>(few, [] { return 1u; });
    announce(100, 100);
    AnnounceRequest other;
    other.info_hash = *InfoHash::from_bytes(std::string(20, 'b'));
    AnnounceAnswer answer;
    EXPECT_TRUE(table->announce(other, {}, now, answer));
}

}  // namespace
}  // namespace shoal::tracker
