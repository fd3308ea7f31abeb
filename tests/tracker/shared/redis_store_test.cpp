#include "tracker/shared/redis_store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

#include "tests/tracker/shared/redis_server.hpp"

namespace shoal::tracker {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;
constexpr auto kTimeout = std::chrono::seconds(3);

Changes one_swarm(std::uint64_t tracker, std::uint32_t completed) {
    Changes changes;
    SwarmRecord& swarm = changes.swarms.emplace_back();
    swarm.info_hash = *InfoHash::from_bytes("aaaaaaaaaaaaaaaaaaaa");
    swarm.counts = {{tracker, completed}};
    PeerRecord& peer = changes.peers.emplace_back();
    peer.info_hash = swarm.info_hash;
    peer.contact.peer_id = *PeerId::from_bytes("-SH0001-bbbbbbbbbbbb");
    peer.contact.set(*IpAddress::parse("10.0.0.1"), 6881);
    peer.last_seen = kNow;
    peer.lifetime = 75;
    return changes;
}

class RedisStoreTest : public testing::Test {
  protected:
    RedisStore store(std::uint64_t tracker) {
        return RedisStore({server.address(), tracker, [this] { ++returns; }});
    }
    RedisReply redis(const RedisConnection::Arguments& arguments) {
        return RedisConnection(server.node(), kTimeout).command(arguments);
    }
    std::uint32_t completed() {
        std::uint32_t sum = 0;
        RedisStore reader({server.address(), 99, [] {}});
        reader.load(
            kNow, 75, [&](const SwarmRecord& record) { sum += record.completed; }, [](const PeerRecord&) {});
        return sum;
    }

    test::RedisServer server;
    int returns = 0;
};

TEST_F(RedisStoreTest, AddsUpWhatEachTrackerCounted) {
    store(1).apply(one_swarm(1, 3), kNow);
    store(2).apply(one_swarm(2, 4), kNow);
    EXPECT_EQ(completed(), 7u);
    store(1).apply(one_swarm(1, 5), kNow);
    EXPECT_EQ(completed(), 9u);
    store(2).apply(one_swarm(1, 1), kNow);
    EXPECT_EQ(completed(), 9u) << "another tracker's count is only filled in where it is missing";
}

TEST_F(RedisStoreTest, AsksForEverythingWhenItIsEmptied) {
    RedisStore one = store(1);
    one.apply(one_swarm(1, 3), kNow);
    EXPECT_EQ(returns, 1) << "it is not the one that this tracker wrote to before";
    one.apply({}, kNow);
    EXPECT_EQ(returns, 1);
    redis({"FLUSHALL"});
    one.apply({}, kNow);
    EXPECT_EQ(returns, 2);
    one.apply(one_swarm(1, 3), kNow);
    EXPECT_EQ(completed(), 3u);
}

RedisFailure::Kind refusal_of(const std::function<void()>& function, std::string& why) {
    try {
        function();
    } catch (const RedisFailure& failure) {
        why = failure.what();
        return failure.kind();
    }
    why = "nothing was refused";
    return RedisFailure::Kind::kAway;
}

TEST_F(RedisStoreTest, LeavesOtherProgramsDataAlone) {
    redis({"SET", "somebody", "else"});
    std::string why;
    RedisStore one = store(1);
    EXPECT_EQ(refusal_of([&] { one.connect(); }, why), RedisFailure::Kind::kRefused);
    EXPECT_NE(why.find("other data"), std::string::npos) << why;
    EXPECT_THROW(one.apply(one_swarm(1, 3), kNow), StoreFailure);
    EXPECT_EQ(integer_of(*redis({"DBSIZE"})), 1);
}

TEST_F(RedisStoreTest, RefusesAnotherVersionsLayout) {
    redis({"HSET", "shoal:meta", "format", "99"});
    std::string why;
    RedisStore one = store(1);
    EXPECT_EQ(refusal_of([&] { one.connect(); }, why), RedisFailure::Kind::kRefused);
    EXPECT_NE(why.find("another version"), std::string::npos) << why;
}

TEST_F(RedisStoreTest, PassesOverWhatIsNoRecord) {
    store(1).apply(one_swarm(1, 3), kNow);
    const std::string peers = "shoal:peers:" + one_swarm(1, 3).swarms[0].info_hash.hex();
    redis({"HSET", peers, "x", "y"});
    redis({"HSET", "shoal:swarm:" + std::string(40, 'b'), "info", "x"});
    redis({"HSET", "shoal:swarm:zz", "info", "x"});
    RedisConnection connection(server.node(), kTimeout);
    int swarms = 0;
    int found = 0;
    EXPECT_EQ(
        load_all(
            connection, kNow, [&](const SwarmRecord&) { ++swarms; }, [&](const PeerRecord&) { ++found; }),
        2u);
    EXPECT_EQ(swarms, 1);
    EXPECT_EQ(found, 1);
}

TEST_F(RedisStoreTest, ReportsWhatFailsAmongABatch) {
    RedisStore one = store(1);
    one.apply({}, kNow);
    redis({"SET", "shoal:peers:" + one_swarm(1, 3).swarms[0].info_hash.hex(), "no hash"});
    try {
        one.apply(one_swarm(1, 3), kNow);
        FAIL() << "nothing was reported";
    } catch (const StoreFailure& failure) {
        EXPECT_NE(std::string(failure.what()).find("WRONGTYPE"), std::string::npos) << failure.what();
    }
}

TEST_F(RedisStoreTest, TellsWhichTrackersWereLost) {
    RedisStore one = store(1);
    RedisStore two = store(2);
    RedisStore three = store(3);
    for (RedisStore* each : {&one, &two, &three}) each->apply({}, kNow);
    two.leave();
    one.apply({}, kNow + 14);
    EXPECT_EQ(one.lost_trackers(), 0u);
    one.apply({}, kNow + 20);
    EXPECT_EQ(one.lost_trackers(), 1u) << "the one that did not leave";
    three.apply({}, kNow + 21);
    one.apply({}, kNow + 26);
    EXPECT_EQ(one.lost_trackers(), 0u) << "it had only been cut off";
    constexpr UnixSeconds kMonth = 30 * 24 * 3600;
    one.apply({}, kNow + kMonth);
    EXPECT_EQ(one.lost_trackers(), 1u);
    one.apply({}, kNow + kMonth + 21);
    EXPECT_EQ(one.lost_trackers(), 0u) << "no count that it may have missed is left";
    EXPECT_EQ(integer_of(*redis({"HLEN", "shoal:trackers"})), 1);
}

TEST_F(RedisStoreTest, LetsWhatNobodyUsesExpire) {
    Changes changes = one_swarm(1, 3);
    store(1).apply(changes, kNow);
    const std::string hash = changes.swarms[0].info_hash.hex();
    EXPECT_GT(integer_of(*redis({"TTL", "shoal:peers:" + hash})), 0);
    EXPECT_GT(integer_of(*redis({"TTL", "shoal:swarm:" + hash})), 0);
    changes.swarms[0].registered = true;
    store(1).apply(changes, kNow);
    EXPECT_EQ(integer_of(*redis({"TTL", "shoal:swarm:" + hash})), -1) << "a registered one stays";
}

TEST(RedisStore, NamesAWrongPassword) {
    const test::RedisServer server("right");
    RedisAddress address = server.address();
    std::string why;
    for (const char* password : {"", "wrong"}) {
        address.password = password;
        RedisStore one({address, 1, [] {}});
        EXPECT_EQ(refusal_of([&] { one.connect(); }, why), RedisFailure::Kind::kRefused) << why;
        EXPECT_NE(why.find(password[0] == 0 ? "NOAUTH" : "WRONGPASS"), std::string::npos) << why;
    }
}

}  // namespace
}  // namespace shoal::tracker
