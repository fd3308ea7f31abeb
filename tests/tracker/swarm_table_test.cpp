#include "tracker/swarm/swarm_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(SwarmTableTest, SeesOneHostInItsTwoFamilies) {
    announce_from(contact(1), 100);
    const auto answer = announce_from(contact(1, true), 100);
    EXPECT_EQ(answer.counts.incomplete, 1u);
    const auto peers = announce(2, 100).peers;
    ASSERT_EQ(peers.size(), 1u);
    EXPECT_EQ(peers[0].port4, 6881);
    EXPECT_EQ(peers[0].port6, 6881);
}

TEST_F(SwarmTableTest, TellsHostsWithTheSamePeerIdApartByTheirKey) {
    AnnounceRequest request;
    request.info_hash = hash('a');
    request.peer_id = contact(1).peer_id;
    request.port = 6881;
    AnnounceAnswer answer;
    for (const std::uint32_t key : {1u, 2u, 2u}) {
        request.key = key;
        table.announce(request, contact(1), now, answer);
    }
    EXPECT_EQ(answer.counts.incomplete, 2u);
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
    Changes changes;
    table.take_changes(changes);

    SwarmTable other{SwarmOptions{}, [] { return 7u; }};
    for (const auto& record : changes.swarms) other.restore(record);
    for (const auto& record : changes.peers) other.restore(record, now);
    other.finish_restore();
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
