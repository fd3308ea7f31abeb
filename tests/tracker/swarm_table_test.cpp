#include "tracker/swarm/swarm_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace shoal::tracker {
namespace {

constexpr UnixSeconds kStart = 1'800'000'000;

InfoHash hash(char c) {
    return *InfoHash::from_bytes(std::string(20, c));
}

class SwarmTableTest : public testing::Test {
  protected:
    static PeerContact contact(std::uint32_t host, bool v6 = false) {
        PeerContact contact;
        const auto h = static_cast<std::uint8_t>(host >> 8);
        const auto l = static_cast<std::uint8_t>(host & 255);
        std::string id = "-SH0001-" + std::to_string(1'000'000'000'000 + host).substr(1);
        contact.peer_id = *PeerId::from_bytes(id);
        if (v6) {
            contact.set(IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, h, l}), 6881);
        } else {
            contact.set(IpAddress::v4({10, 0, h, l}), 6881);
        }
        return contact;
    }

    AnnounceAnswer announce(std::uint32_t host, std::optional<std::uint64_t> left, Event event = Event::kNone,
                            std::optional<std::uint32_t> numwant = std::nullopt) {
        return announce_from(contact(host), left, event, numwant);
    }
    AnnounceAnswer announce_from(const PeerContact& from, std::optional<std::uint64_t> left,
                                 Event event = Event::kNone,
                                 std::optional<std::uint32_t> numwant = std::nullopt) {
        AnnounceRequest request;
        request.info_hash = hash('a');
        request.peer_id = from.peer_id;
        request.port = 6881;
        request.left = left;
        request.event = event;
        request.numwant = numwant;
        AnnounceAnswer answer;
        table.announce(request, from, now, answer);
        return answer;
    }
    static std::set<std::string> addresses(const AnnounceAnswer& answer) {
        std::set<std::string> all;
        for (const auto& peer : answer.peers) {
            const bool inserted = all.insert(IpAddress::v4(peer.ipv4).to_string()).second;
            EXPECT_TRUE(inserted) << "twice in one answer";
        }
        return all;
    }
    /// The table that a tracker started again on the store of this one has.
    std::unique_ptr<SwarmTable> after_restart() {
        Changes changes;
        table.take_changes(changes);
        auto other = std::make_unique<SwarmTable>(SwarmOptions{}, [] { return 7u; });
        for (const auto& record : changes.swarms) other->restore(record);
        for (const auto& record : changes.peers) other->restore(record, now);
        other->finish_restore();
        return other;
    }
    /// One sweep looks at a bounded number of peers; these tests have few.
    void sweep() { table.sweep(now); }

    UnixSeconds now = kStart;
    std::uint64_t seed = 1;
    SwarmTable table{SwarmOptions{}, [this] { return seed += 0x9e3779b97f4a7c15u; }};
};

TEST_F(SwarmTableTest, CountsTheAnnouncerButNeverReturnsIt) {
    const auto first = announce(1, 100, Event::kStarted);
    EXPECT_EQ(first.counts.incomplete, 1u);
    EXPECT_TRUE(first.peers.empty());
    const auto second = announce(2, 100);
    EXPECT_EQ(second.counts.incomplete, 2u);
    EXPECT_EQ(addresses(second), std::set<std::string>{"10.0.0.1"});
}

TEST_F(SwarmTableTest, MakesACompletedPeerASeedInTheSameAnswer) {
    announce(1, 0);
    announce(2, 100, Event::kStarted);
    const auto answer = announce(2, 0, Event::kCompleted);
    EXPECT_EQ(answer.counts.complete, 2u);
    EXPECT_EQ(answer.counts.incomplete, 0u);
    EXPECT_EQ(answer.counts.downloaders, 0u);
    EXPECT_EQ(answer.counts.downloaded, 1u);
    EXPECT_EQ(announce(2, 0, Event::kCompleted).counts.downloaded, 1u) << "each peer once";
}

TEST_F(SwarmTableTest, TakesAMissingLeftForALeecher) {
    EXPECT_EQ(announce(1, std::nullopt).counts.incomplete, 1u);
    EXPECT_EQ(announce(2, std::nullopt, Event::kCompleted).counts.complete, 1u);
}

TEST_F(SwarmTableTest, TakesALeftAbove32BitsForALeecher) {
    EXPECT_EQ(announce(1, std::uint64_t{1} << 32).counts.incomplete, 1u);
}

TEST_F(SwarmTableTest, CountsPartialSeeds) {
    announce(1, 100);
    const auto answer = announce(2, 50, Event::kPaused);
    EXPECT_EQ(answer.counts.incomplete, 2u);
    EXPECT_EQ(answer.counts.downloaders, 1u) << "BEP 21";
    EXPECT_EQ(table.scrape(hash('a')).downloaders, 1u);
    EXPECT_EQ(addresses(announce(1, 100)), std::set<std::string>{"10.0.0.2"}) << "it has pieces to give";
}

TEST_F(SwarmTableTest, AnswersAStopWithoutPeers) {
    announce(1, 100);
    announce(2, 100);
    const auto stopped = announce(1, 100, Event::kStopped);
    EXPECT_TRUE(stopped.peers.empty());
    EXPECT_EQ(stopped.counts.incomplete, 1u);
    const auto unknown = announce(3, 100, Event::kStopped);
    EXPECT_TRUE(unknown.peers.empty());
    EXPECT_GE(unknown.interval, 30u);
    EXPECT_EQ(unknown.counts.incomplete, 1u);
}

TEST_F(SwarmTableTest, ForgetsASwarmThatNobodyCompleted) {
    announce(1, 100);
    announce(1, 100, Event::kStopped);
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

TEST_F(SwarmTableTest, GivesSeedsLeechersOnly) {
    for (std::uint32_t host = 1; host <= 10; ++host) announce(host, 0);
    for (std::uint32_t host = 11; host <= 13; ++host) announce(host, 100);
    EXPECT_EQ(addresses(announce(1, 0)), (std::set<std::string>{"10.0.0.11", "10.0.0.12", "10.0.0.13"}));
}

TEST_F(SwarmTableTest, GivesSeedsToAria2WhichSaysThatNothingIsLeftBeforeItHasTheMetadata) {
    announce(1, 0);
    announce(2, 100);
    announce(3, 50, Event::kPaused);
    PeerContact aria2 = contact(4);
    aria2.peer_id = *PeerId::from_bytes("A2-1-36-0-1234567890");
    const auto answer = announce_from(aria2, 0, Event::kStarted);
    EXPECT_EQ(addresses(answer), (std::set<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
    EXPECT_EQ(answer.counts.complete, 2u);
    EXPECT_EQ(announce_from(aria2, 5'000).counts.complete, 1u) << "now it has the metadata";
    EXPECT_EQ(table.swarm(hash('a'), now)->size, 5'000u);
}

TEST_F(SwarmTableTest, GivesALeecherSeedsAndOthersWhateverTheMix) {
    for (std::uint32_t host = 1; host <= 3; ++host) announce(host, 0);
    for (std::uint32_t host = 11; host <= 900; ++host) announce(host, 100);
    for (int round = 0; round < 20; ++round) {
        const auto answer = announce(11, 100);
        EXPECT_EQ(answer.peers.size(), 50u);
        const auto all = addresses(answer);
        EXPECT_TRUE(all.contains("10.0.0.1") && all.contains("10.0.0.2") && all.contains("10.0.0.3"));
        EXPECT_FALSE(all.contains("10.0.0.11"));
    }
    for (std::uint32_t host = 11; host <= 890; ++host) announce(host, 0);
    const auto answer = announce(900, 100);
    EXPECT_EQ(answer.peers.size(), 50u);
    const auto all = addresses(answer);
    for (std::uint32_t host = 891; host <= 899; ++host)
        EXPECT_TRUE(
            all.contains(IpAddress::v4({10, 0, 3, static_cast<std::uint8_t>(host & 255)}).to_string()));
}

TEST_F(SwarmTableTest, SamplesEveryPeerAboutEquallyOften) {
    for (std::uint32_t host = 1; host <= 201; ++host) announce(host, 100);
    std::map<std::string, int> seen;
    constexpr int kRounds = 4000;
    for (int round = 0; round < kRounds; ++round) {
        for (const auto& address : addresses(announce(1, 100, Event::kNone, 20))) ++seen[address];
    }
    EXPECT_EQ(seen.size(), 200u);
    // Expected 400 each, with a standard deviation below 20.
    for (const auto& [address, times] : seen) {
        EXPECT_GT(times, 280) << address;
        EXPECT_LT(times, 520) << address;
    }
}

TEST_F(SwarmTableTest, HonoursNumwantWithinItsBounds) {
    for (std::uint32_t host = 1; host <= 300; ++host) announce(host, 100);
    EXPECT_TRUE(announce(1, 100, Event::kNone, 0).peers.empty());
    EXPECT_EQ(announce(1, 100, Event::kNone, 1).peers.size(), 1u);
    EXPECT_EQ(announce(1, 100, Event::kNone, 7).peers.size(), 7u);
    EXPECT_EQ(announce(1, 100).peers.size(), 50u);
    EXPECT_EQ(announce(1, 100, Event::kNone, UINT32_MAX).peers.size(), 200u);
}

/// Which announces come from one peer. Each is one of "-SH0001-000000000001" unless told otherwise.
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

TEST_F(SwarmTableTest, HandsLoopbackAndLinkLocalOutToTheirLikeOnly) {
    const auto at = [&](std::uint32_t host, const char* address) {
        PeerContact peer;
        peer.peer_id = contact(host).peer_id;
        peer.set(*IpAddress::parse(address), 6881);
        return addresses(announce_from(peer, 100));
    };
    at(1, "127.0.0.1");
    at(2, "169.254.0.2");
    at(3, "10.0.0.3");
    EXPECT_EQ(at(4, "10.0.0.4"), std::set<std::string>{"10.0.0.3"});
    EXPECT_EQ(at(5, "169.254.0.5"), (std::set<std::string>{"169.254.0.2", "10.0.0.3", "10.0.0.4"}));
    EXPECT_EQ(at(6, "127.0.0.6").size(), 5u) << "the tracker's own machine reaches them all";
}

TEST_F(SwarmTableTest, TakesTheSizeFromWhatMostPeersSay) {
    const auto size = [&] { return table.swarm(hash('a'), now)->size; };
    announce(1, 0);
    announce(2, 500);
    announce(3, 400);
    announce(4, std::nullopt);
    EXPECT_EQ(size(), 500u);
    announce(5, 1'000'000, Event::kStarted);
    announce(5, 1'000'000, Event::kStopped);
    announce(5, 1'000'000, Event::kStarted);
    EXPECT_EQ(size(), 500u) << "a client without metadata";
    announce(2, 100);
    announce(3, 100);
    EXPECT_EQ(size(), 500u) << "what is left of a download says nothing";
    PeerQuery query;
    query.most = 100;
    const auto peers = table.peers(hash('a'), now, query).peers;
    EXPECT_EQ(std::count_if(peers.begin(), peers.end(), [](const PeerView& peer) { return peer.left_known; }),
              3)
        << "more than there is can't be left";
    table.register_torrent(hash('a'), "model", 600, now);
    EXPECT_EQ(size(), 600u) << "the manifest knows";
}

TEST_F(SwarmTableTest, LearnsTheSizeFromMagnetClientsOnceTheyKnowIt) {
    const auto size = [&] { return table.swarm(hash('a'), now)->size; };
    announce(1, std::nullopt, Event::kStarted);
    announce(2, 16384, Event::kStarted);
    EXPECT_EQ(size(), 0u);
    announce(1, 5'000'000);
    EXPECT_EQ(size(), 5'000'000u);
    announce(2, 5'000'000);
    announce(3, 1'000, Event::kStarted);
    announce(3, 5'000'000);
    announce(4, 90'000'000, Event::kStarted);
    EXPECT_EQ(size(), 5'000'000u) << "three say so";
}

TEST_F(SwarmTableTest, ForgetsWhatOneThatLeftSaidOfTheSize) {
    announce(1, 1'000'000);
    announce(1, 1'000'000, Event::kStopped);
    EXPECT_EQ(announce(2, 0).counts.complete, 1u);
    EXPECT_EQ(table.swarm(hash('a'), now)->size, 1'000'000u) << "nobody says otherwise";
    announce(3, 500);
    EXPECT_EQ(table.swarm(hash('a'), now)->size, 500u);
}

TEST_F(SwarmTableTest, KeepsTheSizeOverARestart) {
    for (std::uint32_t host = 1; host <= 9; ++host) announce(host, 500);
    for (std::uint32_t host = 1; host <= 9; ++host) announce(host, 300);
    const auto restarted = after_restart();
    SwarmTable& other = *restarted;
    EXPECT_EQ(other.swarm(hash('a'), now)->size, 500u);
}

TEST_F(SwarmTableTest, TellsHowFarPeersAre) {
    table.register_torrent(hash('a'), "model", 1000, now);
    EXPECT_FALSE(table.swarm(hash('a'), now)->progress->shares) << "there is no peer";
    for (std::uint32_t host = 0; host < 8; ++host) announce(host, 100 * host);
    announce(8, 900, Event::kPaused);
    announce(9, std::nullopt);
    const auto swarm = table.swarm(hash('a'), now, 3);
    EXPECT_EQ(swarm->partial_seeds(), 1u);
    const ProgressView& progress = *swarm->progress;
    ASSERT_TRUE(progress.shares);
    // 100, 90, 80 ... 30 % of the first eight, 10 % of the partial seed, nothing of who does not say.
    EXPECT_DOUBLE_EQ(progress.shares->mean, 0.53);
    EXPECT_DOUBLE_EQ(progress.shares->half, 0.6);
    EXPECT_DOUBLE_EQ(progress.shares->slowest, 0);
    EXPECT_FALSE(progress.seconds_left) << "a rate needs two announces";
    ASSERT_EQ(progress.behind.size(), 3u);
    EXPECT_FALSE(progress.behind[0].left_known);
    EXPECT_EQ(progress.behind[1].left, 700u);
    EXPECT_EQ(progress.behind[2].left, 600u);
    EXPECT_TRUE(progress.sites.empty()) << "the tracker knows no sites";
}

TEST_F(SwarmTableTest, TellsWhenNearlyAllAreDone) {
    table.register_torrent(hash('a'), "model", 100'000, now);
    for (std::uint32_t host = 1; host <= 200; ++host) announce(host, 50'000);
    now += 10;
    for (std::uint32_t host = 1; host <= 197; ++host) announce(host, 40'000);
    announce(198, 49'000);
    announce(199, 49'990);
    announce(200, 20'000, Event::kPaused);
    const auto swarm = table.swarm(hash('a'), now);
    // 1,000 B/s each: 40 s. One needs 490 s, one 49,990 s, and a partial seed needs no more.
    EXPECT_EQ(swarm->progress->seconds_left, 490u);
    EXPECT_EQ(swarm->progress->rate, 197 * 1000 + 100 + 1);
    now += 100;
    EXPECT_FALSE(table.swarm(hash('a'), now)->progress->seconds_left) << "all have stalled";
    EXPECT_EQ(table.swarm(hash('a'), now)->progress->stalled, 199u);
}

TEST_F(SwarmTableTest, TellsWhatPeersHaveOfASizeThatNobodyRegistered) {
    for (std::uint32_t host = 1; host <= 6; ++host) announce(host, 900, Event::kPaused);
    for (std::uint32_t host = 7; host <= 9; ++host) announce(host, 1000);
    const auto swarm = table.swarm(hash('a'), now);
    EXPECT_EQ(swarm->size, 1000u) << "a partial seed lacks less than all";
    EXPECT_EQ(swarm->progress->shares->half, 0.1);
    EXPECT_EQ(swarm->progress->shares->slowest, 0);
}

TEST_F(SwarmTableTest, JudgesAVeryLargeSwarmByASample) {
    table.register_torrent(hash('a'), "model", 1000, now);
    constexpr std::uint32_t kHosts = 50'000;
    for (std::uint32_t host = 0; host < kHosts; ++host) announce(host, 500, Event::kNone, 0);
    const auto swarm = table.swarm(hash('a'), now, 5);
    EXPECT_NEAR(swarm->progress->shares->mean, 0.5, 1e-9);
    EXPECT_EQ(swarm->progress->shares->half, 0.5);
    EXPECT_EQ(swarm->progress->behind.size(), 5u);
}

TEST_F(SwarmTableTest, ListsPeersByStateInAnOrderThatAnOperatorWants) {
    table.register_torrent(hash('a'), "model", 1000, now);
    announce(1, 400);
    announce(2, 0);
    announce(3, 900, Event::kPaused);
    announce(4, 0);
    now += 120;
    sweep();
    announce(5, 700);
    now += 70;
    announce(6, 900);
    announce(7, 800);
    announce(5, 700);
    announce(9, 10, Event::kPaused);
    const auto left = [&](PeerFilter filter, std::size_t offset = 0, std::size_t most = 100) {
        PeerQuery query;
        query.filter = filter;
        query.offset = offset;
        query.most = most;
        const PeerPage page = table.peers(hash('a'), now, query);
        std::vector<std::uint64_t> all{page.total};
        for (const PeerView& peer : page.peers) all.push_back(peer.left);
        return all;
    };
    using testing::ElementsAre;
    EXPECT_THAT(left(PeerFilter::kLeechers), ElementsAre(3, 700, 900, 800)) << "the stalled one comes first";
    EXPECT_THAT(left(PeerFilter::kStalled), ElementsAre(1, 700));
    EXPECT_THAT(left(PeerFilter::kPartialSeeds), ElementsAre(1, 10));
    EXPECT_THAT(left(PeerFilter::kSeeds), ElementsAre(0));
    EXPECT_EQ(left(PeerFilter::kLost).front(), 4u);
    EXPECT_THAT(left(PeerFilter::kAll, 1, 3), ElementsAre(8, 900, 800, 10));
    EXPECT_THAT(left(PeerFilter::kAll, 100, 3), ElementsAre(8));
    EXPECT_EQ(table.swarm(hash('a'), now, 2)->progress->lost.size(), 2u);
}

TEST_F(SwarmTableTest, TellsHowFarEachSiteIs) {
    SwarmOptions options;
    options.sites = {{"hall-1", {*IpNetwork::parse("10.0.0.0/24")}},
                     {"hall-2", {*IpNetwork::parse("10.0.1.0/24")}},
                     {"empty", {*IpNetwork::parse("10.9.0.0/24")}}};
    SwarmTable sited{options, [] { return 7u; }};
    sited.register_torrent(hash('a'), "model", 1000, now);
    const auto join = [&](std::uint32_t host, std::uint64_t left) {
        AnnounceRequest request;
        request.info_hash = hash('a');
        request.peer_id = contact(host).peer_id;
        request.left = left;
        AnnounceAnswer answer;
        sited.announce(request, contact(host), now, answer);
    };
    join(1, 0);
    join(2, 500);
    join(256, 250);
    join(600, 1000);
    const auto sites = sited.swarm(hash('a'), now)->progress->sites;
    ASSERT_EQ(sites.size(), 3u);
    EXPECT_EQ(sites[0].name, "") << "of no site";
    EXPECT_EQ(sites[0].mean, 0);
    EXPECT_EQ(sites[1].name, "hall-1");
    EXPECT_EQ(sites[1].seeds, 1u);
    EXPECT_EQ(sites[1].leechers, 1u);
    EXPECT_EQ(sites[1].mean, 0.75);
    EXPECT_EQ(sites[2].name, "hall-2");
    EXPECT_EQ(sites[2].mean, 0.75);
    PeerQuery query;
    query.most = 10;
    query.site = "hall-1";
    EXPECT_EQ(sited.peers(hash('a'), now, query).total, 2u);
    query.site = "";
    EXPECT_EQ(sited.peers(hash('a'), now, query).total, 1u);
}

TEST_F(SwarmTableTest, DropsPeersAfterTwoAndAHalfIntervals) {
    const UnixSeconds told = announce(1, 100).interval;
    now += told * 5 / 2 - 1;
    EXPECT_EQ(announce(2, 100).peers.size(), 1u);
    now += 2;
    EXPECT_TRUE(announce(2, 100).peers.empty()) << "not handed out, even before a sweep";
    sweep();
    EXPECT_EQ(announce(2, 100).counts.incomplete, 1u);
}

TEST_F(SwarmTableTest, BelievesAClientThatAnnouncesSlowerThanItWasTold) {
    announce(1, 100);
    now += 300;
    sweep();
    announce(1, 100);
    now += 300;
    sweep();
    EXPECT_EQ(announce(2, 100).peers.size(), 1u);
}

TEST_F(SwarmTableTest, BelievesAPartialSeedThatAnnouncesSlowerThanItWasTold) {
    announce(1, 50, Event::kPaused);
    now += 300;
    sweep();
    announce(1, 50, Event::kPaused);
    now += 300;
    sweep();
    EXPECT_EQ(announce(2, 100).peers.size(), 1u) << "it says so each time (BEP 21)";
}

TEST_F(SwarmTableTest, BelievesASlowClientThatCompletesBetweenItsAnnounces) {
    announce(1, 100);
    now += 300;
    announce(1, 100);
    now += 100;
    announce(1, 0, Event::kCompleted);
    now += 300;
    sweep();
    EXPECT_EQ(announce(2, 100).peers.size(), 1u);
}

TEST_F(SwarmTableTest, JittersTheInterval) {
    std::set<std::uint32_t> intervals;
    for (int i = 0; i < 200; ++i) intervals.insert(announce(1, 100).interval);
    EXPECT_EQ(*intervals.begin(), 30u);
    EXPECT_EQ(*intervals.rbegin(), 36u);
    EXPECT_EQ(intervals.size(), 7u);
}

TEST_F(SwarmTableTest, HandsEachChangeOverOnce) {
    announce(1, 100);
    announce(2, 0, Event::kCompleted);
    Changes changes;
    table.take_changes(changes);
    ASSERT_EQ(changes.swarms.size(), 1u);
    EXPECT_EQ(changes.swarms[0].completed, 1u);
    EXPECT_EQ(changes.peers.size(), 2u);
    announce(1, 100);
    table.take_changes(changes);
    EXPECT_TRUE(changes.empty()) << "the same again is no news";
    announce(1, 100, Event::kStopped);
    announce(3, 100);
    table.take_changes(changes);
    EXPECT_EQ(changes.peers.size(), 1u);
    EXPECT_TRUE(changes.removed_peers.empty()) << "peer 3 took the place of peer 1";
    announce(3, 100, Event::kStopped);
    table.take_changes(changes);
    EXPECT_EQ(changes.removed_peers.size(), 1u);
}

TEST_F(SwarmTableTest, IsTheSameAfterARestart) {
    for (std::uint32_t host = 1; host <= 100; ++host) announce(host, host % 10 == 0 ? 0 : 100);
    announce(101, 0, Event::kCompleted);
    announce(102, 50, Event::kPaused);
    announce(50, 100, Event::kStopped);
    const auto restarted = after_restart();
    SwarmTable& other = *restarted;
    const auto before = table.scrape(hash('a'));
    const auto after = other.scrape(hash('a'));
    EXPECT_EQ(after.complete, before.complete);
    EXPECT_EQ(after.incomplete, before.incomplete);
    EXPECT_EQ(after.downloaders, before.downloaders);
    EXPECT_EQ(after.downloaded, 1u);
    Changes none;
    other.take_changes(none);
    EXPECT_TRUE(none.empty());
    AnnounceRequest request;
    request.info_hash = hash('a');
    request.peer_id = contact(1).peer_id;
    request.left = 100;
    AnnounceAnswer answer;
    other.announce(request, contact(1), now, answer);
    EXPECT_EQ(answer.counts.incomplete, before.incomplete) << "it is known";
}

TEST_F(SwarmTableTest, KeepsTheCountOfAnEmptySwarmForThirtyDays) {
    announce(1, 0, Event::kCompleted);
    announce(1, 0, Event::kStopped);
    now += 29 * 24 * 3600;
    sweep();
    EXPECT_EQ(table.scrape(hash('a')).downloaded, 1u);
    now += 2 * 24 * 3600;
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

TEST_F(SwarmTableTest, SurvivesALongRandomLife) {
    std::uint64_t random = 42;
    std::map<std::uint32_t, bool> live;
    for (int step = 0; step < 20'000; ++step) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const auto host = static_cast<std::uint32_t>(random >> 33) % 300;
        const bool stop = (random >> 20) % 4 == 0;
        announce(host, (random >> 25) % 3 == 0 ? 0 : 100, stop ? Event::kStopped : Event::kNone);
        live[host] = !stop;
    }
    const auto expected = static_cast<std::uint32_t>(
        std::count_if(live.begin(), live.end(), [](const auto& entry) { return entry.second; }));
    const auto counts = table.scrape(hash('a'));
    EXPECT_EQ(counts.complete + counts.incomplete, expected);
    now += 10'000;
    sweep();
    sweep();
    EXPECT_EQ(table.totals().swarms, 0u);
}

}  // namespace
}  // namespace shoal::tracker
