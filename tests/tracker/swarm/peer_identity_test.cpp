#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/tracker/swarm/swarm_table_fixture.hpp"

namespace shoal::tracker {
namespace {

class IdentityTest : public SwarmTableTest {
  protected:
    struct From {
        const char* address = "10.0.0.1";
        std::uint32_t key = 0;
        std::uint16_t port = 6881;
        std::uint32_t id = 1;
        Event event = Event::kNone;
        const char* other_family = nullptr;  ///< as a trusted proxy may say it
    };
    AnnounceAnswer from(const From& from) {
        PeerContact peer;
        peer.peer_id = contact(from.id).peer_id;
        peer.set(*IpAddress::parse(from.address), from.port);
        if (from.other_family != nullptr) peer.set(*IpAddress::parse(from.other_family), from.port);
        AnnounceRequest request;
        request.info_hash = hash('a');
        request.peer_id = peer.peer_id;
        request.key = from.key;
        request.port = from.port;
        request.left = 100;
        request.event = from.event;
        AnnounceAnswer answer;
        EXPECT_FALSE(table.announce(request, peer, now, answer));
        return answer;
    }
    std::uint32_t peers() const { return table.scrape(hash('a')).incomplete; }
    /// What a peer of its own is told.
    std::set<std::string> told() {
        std::set<std::string> all;
        for (const PeerContact& peer : from({"10.9.9.9", 0, 1234, 999}).peers) {
            if (peer.port4 != 0) all.insert(Endpoint{IpAddress::v4(peer.ipv4), peer.port4}.to_string());
            if (peer.port6 != 0) all.insert(Endpoint{IpAddress::v6(peer.ipv6), peer.port6}.to_string());
        }
        from({"10.9.9.9", 0, 1234, 999, Event::kStopped});
        return all;
    }
};

TEST_F(IdentityTest, OneIdFromOneAddressIsOnePeerWhateverTheKey) {
    for (const std::uint32_t key : {11u, 22u, 33u, 0u}) from({.key = key});
    EXPECT_EQ(peers(), 1u) << "aria2 over UDP has a new key each time";
    EXPECT_TRUE(from({.key = 44}).peers.empty()) << "it is not handed itself";
    from({.key = 55, .event = Event::kStopped});
    EXPECT_EQ(peers(), 0u);
}

TEST_F(IdentityTest, OneIdFromOneAddressMayChangeItsPort) {
    from({.key = 11});
    from({.key = 22, .port = 7000});
    EXPECT_EQ(told(), std::set<std::string>{"10.0.0.1:7000"});
}

TEST_F(IdentityTest, AKeyProvesThePeerAtAnotherAddress) {
    from({.key = 7});
    from({.address = "2001:db8::1", .key = 7});
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.1:6881", "[2001:db8::1]:6881"})) << "BEP 7";
    from({.address = "10.0.0.2", .key = 7});
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.2:6881", "[2001:db8::1]:6881"})) << "it moved";
    from({.address = "10.0.0.3", .key = 7, .event = Event::kStopped});
    EXPECT_EQ(peers(), 0u);
}

TEST_F(IdentityTest, AnotherKeyAtAnotherAddressIsAnotherPeer) {
    from({.key = 7});
    for (const char* address : {"10.0.0.66", "2001:db8::66"}) {
        from({.address = address, .key = 8, .event = Event::kStopped});
        EXPECT_EQ(peers(), 1u) << "it cannot remove it";
    }
    from({.address = "10.0.0.66", .key = 8});
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.1:6881", "10.0.0.66:6881"})) << "nor take its place";
    from({.address = "10.0.0.66", .key = 8, .event = Event::kStopped});
    EXPECT_EQ(told(), std::set<std::string>{"10.0.0.1:6881"});
}

TEST_F(IdentityTest, WithoutAKeyOnlyTheAddressCounts) {
    from({});
    from({.address = "10.0.0.66", .event = Event::kStopped});
    EXPECT_EQ(peers(), 1u) << "ids are public: compact=0 lists them";
    from({.address = "10.0.0.66"});
    from({.address = "2001:db8::1"});
    EXPECT_EQ(peers(), 3u);
    from({.event = Event::kStopped});
    EXPECT_EQ(peers(), 2u);
}

TEST_F(IdentityTest, AKeyThatShowsUpLaterJoinsTheTwoFamilies) {
    from({.key = 7});
    from({.address = "2001:db8::1", .key = 8});
    EXPECT_EQ(peers(), 2u) << "nothing proves that they are one";
    from({.address = "2001:db8::1", .key = 7});
    EXPECT_EQ(peers(), 1u);
    from({.key = 7});
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.1:6881", "[2001:db8::1]:6881"}));
}

TEST_F(IdentityTest, AClientThatIsStartedAgainTakesItsOldPlace) {
    from({.key = 7, .id = 1});
    from({.address = "2001:db8::1", .key = 7, .id = 1});
    EXPECT_TRUE(from({.key = 8, .id = 2, .event = Event::kStarted}).peers.empty())
        << "it is not handed itself";
    EXPECT_EQ(peers(), 1u);
    EXPECT_EQ(told(), std::set<std::string>{"10.0.0.1:6881"}) << "once";
    from({.address = "2001:db8::1", .key = 8, .id = 2});
    EXPECT_EQ(peers(), 1u);
    from({.port = 6882, .id = 3});
    EXPECT_EQ(peers(), 2u) << "another program of that machine";
    from({.port = 6881, .id = 3});
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.1:6881", "[2001:db8::1]:6881"})) << "once";
    from({.key = 8, .id = 2, .event = Event::kStopped});
    from({.port = 6881, .id = 3});
    EXPECT_EQ(told(), std::set<std::string>{"10.0.0.1:6881"}) << "now it listens where the other one did";
}

TEST_F(IdentityTest, AClientThatIsStartedAgainIsNotOneTooMany) {
    SwarmOptions options;
    options.max_peers_per_swarm = 1;
    options.max_peers_per_address = 1;
    SwarmTable full{options, [] { return 7u; }};
    for (const std::uint32_t id : {1u, 2u, 3u}) {
        AnnounceRequest request;
        request.info_hash = hash('a');
        request.peer_id = contact(id).peer_id;
        PeerContact peer = contact(1);
        peer.peer_id = request.peer_id;
        AnnounceAnswer answer;
        EXPECT_FALSE(full.announce(request, peer, now, answer)) << id;
    }
}

TEST_F(IdentityTest, ClientsBehindOneNatWithOnePortAreAllCounted) {
    from({.id = 1, .event = Event::kStarted});
    from({.id = 2, .event = Event::kStarted});
    EXPECT_EQ(peers(), 1u) << "as if the first one had been started again";
    from({.id = 1});
    EXPECT_EQ(peers(), 2u) << "but it lives";
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(from({.id = 2}).peers.empty()) << "it is not handed itself";
        from({.id = 1});
        EXPECT_EQ(peers(), 2u);
        EXPECT_EQ(told(), std::set<std::string>{"10.0.0.1:6881"}) << "once";
    }
    from({.id = 2, .event = Event::kStopped});
    EXPECT_TRUE(told().empty());
    from({.id = 1});
    EXPECT_EQ(told(), std::set<std::string>{"10.0.0.1:6881"}) << "nobody else listens there now";
}

TEST_F(IdentityTest, ClientsBehindOneNatKeepTheirOwnIpv6Addresses) {
    for (int round = 0; round < 2; ++round) {
        from({.key = 7, .id = 1});
        from({.address = "2001:db8::1", .key = 7, .id = 1});
        from({.key = 8, .id = 2});
        from({.address = "2001:db8::2", .key = 8, .id = 2});
    }
    EXPECT_EQ(peers(), 2u);
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.1:6881", "[2001:db8::1]:6881", "[2001:db8::2]:6881"}));
}

TEST_F(IdentityTest, AReplacedPeerIsForgottenAndNeverLost) {
    from({.id = 1});
    from({.id = 2});
    EXPECT_EQ(table.totals().lost, 0u);
    EXPECT_EQ(table.peers(hash('a'), now, PeerQuery()).total, 1u);
    from({.id = 2, .event = Event::kStopped});
    sweep();
    EXPECT_EQ(table.totals().swarms, 1u) << "it may still announce";
    now += SwarmOptions{}.keep_lost;
    sweep();
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

TEST_F(IdentityTest, RemembersABoundedNumberOfReplacedPeers) {
    for (std::uint32_t id = 1; id <= 200; ++id) from({.id = id});
    from({.id = 1});
    EXPECT_EQ(peers(), 2u) << "remembered";
    from({.id = 199});
    EXPECT_EQ(peers(), 2u) << "forgotten: it takes the place of the last one, as if it were new";
}

TEST_F(IdentityTest, ReplacedPeersDoNotGetAroundTheCaps) {
    SwarmOptions options;
    options.max_peers_per_address = 1;
    SwarmTable full{options, [] { return 7u; }};
    const auto refused = [&](std::uint32_t id) {
        AnnounceRequest request;
        request.info_hash = hash('a');
        PeerContact peer = contact(1);
        peer.peer_id = request.peer_id = contact(id).peer_id;
        AnnounceAnswer answer;
        return full.announce(request, peer, now, answer).has_value();
    };
    EXPECT_FALSE(refused(1));
    EXPECT_FALSE(refused(2)) << "a client that was started again";
    EXPECT_TRUE(refused(1)) << "both live";
    EXPECT_FALSE(refused(2));
    EXPECT_EQ(full.scrape(hash('a')).incomplete, 1u);
}

TEST_F(IdentityTest, OnePeerWithBothAddressesIsWhoeverWasKnownAtEither) {
    from({});
    from({.address = "2001:db8::1"});
    EXPECT_EQ(peers(), 2u) << "nothing proves that they are one";
    from({.other_family = "2001:db8::1"});
    EXPECT_EQ(peers(), 1u);
    EXPECT_EQ(told(), (std::set<std::string>{"10.0.0.1:6881", "[2001:db8::1]:6881"}));
}

TEST_F(IdentityTest, PeersThatCannotBeDialledAreToldApartByTheirIds) {
    for (const std::uint32_t id : {1u, 2u, 3u, 1u}) from({.port = 0, .id = id});
    EXPECT_EQ(peers(), 3u);
    EXPECT_TRUE(told().empty()) << "nobody is sent to them";
    from({.id = 4});
    EXPECT_EQ(from({.port = 0, .id = 1}).peers.size(), 1u) << "they can dial";
    from({.port = 0, .id = 1, .event = Event::kStopped});
    EXPECT_EQ(peers(), 3u);
}

TEST_F(IdentityTest, SurvivesARestartOfTheTracker) {
    from({.key = 7, .id = 1});
    from({.port = 0, .id = 2});
    const auto restarted = after_restart();
    SwarmTable& other = *restarted;
    AnnounceRequest request;
    request.info_hash = hash('a');
    AnnounceAnswer answer;
    for (const std::uint32_t id : {1u, 2u, 3u}) {
        PeerContact peer;
        peer.peer_id = request.peer_id = contact(id).peer_id;
        peer.set(IpAddress::v4({10, 0, 0, 1}), id == 2 ? 0 : 6881);
        other.announce(request, peer, now, answer);
        EXPECT_EQ(answer.counts.incomplete, 2u) << id;
    }
}

TEST_F(IdentityTest, SurvivesALongRandomLifeOfClones) {
    std::uint64_t random = 42;
    for (int step = 0; step < 20'000; ++step) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const auto bits = static_cast<std::uint32_t>(random >> 33);
        const std::string v4 = "10.0.0." + std::to_string(1 + (bits >> 1) % 5);
        const std::string v6 = "2001:db8::" + std::to_string(1 + (bits >> 20) % 5);
        from({(bits & 1) != 0 ? v4.c_str() : v6.c_str(), (bits >> 5) % 4,
              static_cast<std::uint16_t>((bits >> 8) % 4 * 1000), (bits >> 12) % 6,
              (bits >> 16) % 5 == 0 ? Event::kStopped : Event::kNone,
              (bits & 1) != 0 ? nullptr : v4.c_str()});
        if (step % 7 == 0) now += 20;
        if (step % 13 == 0) sweep();
        if (step % 100 == 0) told();
    }
    now += 10'000;
    sweep();
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u) << "nobody is left behind in a list";
}

}  // namespace
}  // namespace shoal::tracker
