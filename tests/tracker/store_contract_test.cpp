#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"
#include "tests/tracker/shared/redis_server.hpp"
#include "tracker/shared/redis_store.hpp"
#include "tracker/store/sqlite_store.hpp"

/// What every store has to keep, whatever it writes to.
namespace shoal::tracker {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;
constexpr UnixSeconds kMaxAge = 75;
constexpr std::uint64_t kTracker = 1;

/// A place that outlives the stores that are opened in it.
class StorePlace {
  public:
    StorePlace() = default;
    StorePlace(const StorePlace&) = delete;
    StorePlace& operator=(const StorePlace&) = delete;
    virtual ~StorePlace() = default;
    virtual std::unique_ptr<Store> open() = 0;
};

class SqlitePlace final : public StorePlace {
  public:
    std::unique_ptr<Store> open() override { return std::make_unique<SqliteStore>(folder_ / "db"); }

  private:
    test::TemporaryFolder folder_;
};

class RedisPlace final : public StorePlace {
  public:
    std::unique_ptr<Store> open() override {
        return std::make_unique<RedisStore>(RedisStore::Options{server_.address(), kTracker, [] {}});
    }

  private:
    test::RedisServer server_;
};

struct Kind {
    std::string name;
    std::function<std::unique_ptr<StorePlace>()> make;
};

class StoreContract : public testing::TestWithParam<Kind> {
  protected:
    std::unique_ptr<StorePlace> place = GetParam().make();
};

InfoHash hash_of(char letter) {
    return *InfoHash::from_bytes(std::string(20, letter));
}

void set_completed(SwarmRecord& record, std::uint32_t completed) {
    record.completed = completed;
    record.counts = {{kTracker, completed}};
}

SwarmRecord swarm(std::uint64_t number, char letter) {
    SwarmRecord record;
    record.number = number;
    record.info_hash = hash_of(letter);
    set_completed(record, 7);
    record.created = kNow - 5;
    record.last_active = kNow - 1;
    return record;
}

PeerRecord peer(std::uint64_t number, const SwarmRecord& swarm, const std::string& name) {
    PeerRecord record;
    record.number = number;
    record.swarm = swarm.number;
    record.info_hash = swarm.info_hash;
    record.contact.peer_id = *PeerId::from_bytes("-SH0001-" + name);
    record.contact.set(*IpAddress::parse("10.0.0.1"), 6881);
    record.left = 5;
    record.left_known = true;
    record.first_seen = kNow - 4;
    record.last_seen = kNow - 2;
    record.lifetime = kMaxAge;
    return record;
}

RemovedPeer removed(const PeerRecord& record) {
    return {record.number, record.info_hash, record.contact, kNow};
}

/// By what they are, since numbers hold within one load only.
struct Loaded {
    std::map<InfoHash, SwarmRecord> swarms;
    std::vector<std::pair<InfoHash, PeerRecord>> peers;
};

Loaded load(Store& store, UnixSeconds now = kNow) {
    Loaded loaded;
    std::map<std::uint64_t, InfoHash> hashes;
    store.load(
        now, kMaxAge,
        [&](const SwarmRecord& record) {
            EXPECT_TRUE(hashes.emplace(record.number, record.info_hash).second);
            EXPECT_TRUE(loaded.swarms.emplace(record.info_hash, record).second);
        },
        [&](const PeerRecord& record) { loaded.peers.emplace_back(hashes.at(record.swarm), record); });
    return loaded;
}

TEST_P(StoreContract, IsEmptyAtFirst) {
    const auto store = place->open();
    EXPECT_TRUE(load(*store).swarms.empty());
    EXPECT_TRUE(load(*store).peers.empty());
    EXPECT_TRUE(store->in_place());
}

TEST_P(StoreContract, GivesBackAllOfASwarm) {
    Changes changes;
    changes.swarms.push_back(swarm(3, 'a'));
    changes.swarms[0].registered = true;
    changes.swarms[0].name =
        "m\xc3\xb6"
        "del 1.bin";
    changes.swarms[0].size = 5'000'000'000;
    {
        const auto first = place->open();
        first->apply(changes, kNow);
        first->sync();
    }
    const Loaded loaded = load(*place->open());
    ASSERT_EQ(loaded.swarms.size(), 1u);
    const SwarmRecord& record = loaded.swarms.at(hash_of('a'));
    EXPECT_EQ(record.completed, 7u);
    EXPECT_EQ(record.created, kNow - 5);
    EXPECT_EQ(record.last_active, kNow - 1);
    EXPECT_TRUE(record.registered);
    EXPECT_EQ(record.name, changes.swarms[0].name);
    EXPECT_EQ(record.size, 5'000'000'000u);
    EXPECT_TRUE(loaded.peers.empty());
}

TEST_P(StoreContract, GivesBackAllOfAPeer) {
    Changes changes;
    changes.swarms.push_back(swarm(3, 'a'));
    PeerRecord written = peer(9, changes.swarms[0], "bbbbbbbbbbbb");
    written.contact.set(*IpAddress::parse("2001:db8::1"), 6882);
    written.key = 0xdeadbeef;
    written.left = kMostLeft;
    written.uploaded = UINT64_MAX;
    written.completed = true;
    changes.peers.push_back(written);
    place->open()->apply(changes, kNow);
    const Loaded loaded = load(*place->open());
    ASSERT_EQ(loaded.peers.size(), 1u);
    EXPECT_EQ(loaded.peers[0].first, hash_of('a'));
    const PeerRecord& record = loaded.peers[0].second;
    EXPECT_EQ(record.contact, written.contact);
    EXPECT_EQ(record.key, written.key);
    EXPECT_EQ(record.left, written.left);
    EXPECT_EQ(record.uploaded, written.uploaded);
    EXPECT_EQ(record.first_seen, written.first_seen);
    EXPECT_EQ(record.last_seen, written.last_seen);
    EXPECT_TRUE(record.left_known);
    EXPECT_FALSE(record.paused);
    EXPECT_TRUE(record.completed);
}

TEST_P(StoreContract, KeepsWhatAPeerDoesNotSay) {
    Changes changes;
    changes.swarms.push_back(swarm(3, 'a'));
    PeerRecord written = peer(9, changes.swarms[0], "bbbbbbbbbbbb");
    written.contact = {};
    written.contact.peer_id = *PeerId::from_bytes(std::string("-SH0001-6666666666\n\0", 20));
    written.contact.set(*IpAddress::parse("2001:db8::1"), 0);
    written.left = 0;
    written.left_known = false;
    written.paused = true;
    changes.peers.push_back(written);
    const auto store = place->open();
    store->apply(changes, kNow);
    const Loaded loaded = load(*store);
    ASSERT_EQ(loaded.peers.size(), 1u);
    EXPECT_EQ(loaded.peers[0].second.contact, written.contact);
    EXPECT_FALSE(loaded.peers[0].second.left_known);
    EXPECT_TRUE(loaded.peers[0].second.paused);
    EXPECT_FALSE(loaded.peers[0].second.completed);
}

TEST_P(StoreContract, TakesANewerRecordForTheOldOne) {
    Changes changes;
    changes.swarms.push_back(swarm(3, 'a'));
    changes.peers.push_back(peer(9, changes.swarms[0], "bbbbbbbbbbbb"));
    const auto store = place->open();
    store->apply(changes, kNow);
    set_completed(changes.swarms[0], 8);
    changes.peers[0].left = 1;
    store->apply(changes, kNow);
    const Loaded loaded = load(*store);
    ASSERT_EQ(loaded.swarms.size(), 1u);
    EXPECT_EQ(loaded.swarms.at(hash_of('a')).completed, 8u);
    ASSERT_EQ(loaded.peers.size(), 1u);
    EXPECT_EQ(loaded.peers[0].second.left, 1u);
}

TEST_P(StoreContract, CountsNothingTwiceWhenABatchIsTriedAgain) {
    Changes changes;
    changes.swarms.push_back(swarm(3, 'a'));
    changes.peers.push_back(peer(9, changes.swarms[0], "bbbbbbbbbbbb"));
    const auto store = place->open();
    store->apply(changes, kNow);
    store->apply(changes, kNow);
    const Loaded loaded = load(*store);
    EXPECT_EQ(loaded.swarms.at(hash_of('a')).completed, 7u);
    EXPECT_EQ(loaded.peers.size(), 1u);
}

TEST_P(StoreContract, AppliesRemovalsBeforeRecords) {
    Changes changes;
    changes.swarms = {swarm(3, 'a'), swarm(4, 'b')};
    changes.peers = {peer(9, changes.swarms[0], "bbbbbbbbbbbb"), peer(10, changes.swarms[1], "cccccccccccc"),
                     peer(11, changes.swarms[0], "dddddddddddd")};
    const auto store = place->open();
    store->apply(changes, kNow);
    Changes next;
    next.removed_peers = {removed(changes.peers[0]), removed(changes.peers[2])};
    next.peers = {changes.peers[2]};
    store->apply(next, kNow);
    const Loaded loaded = load(*store);
    std::vector<std::string> names;
    for (const auto& [hash, record] : loaded.peers)
        names.emplace_back(record.contact.peer_id.view().substr(8, 1));
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(loaded.swarms.size(), 2u);
}

TEST_P(StoreContract, ForgetsPeersThatNobodyHeardOfForLong) {
    Changes changes;
    changes.swarms.push_back(swarm(3, 'a'));
    changes.peers.push_back(peer(9, changes.swarms[0], "bbbbbbbbbbbb"));
    const auto store = place->open();
    store->apply(changes, kNow);
    EXPECT_EQ(load(*store, kNow + 70).peers.size(), 1u);
    const Loaded late = load(*store, kNow + 80);
    EXPECT_TRUE(late.peers.empty());
    EXPECT_EQ(late.swarms.size(), 1u) << "completions are kept";
}

INSTANTIATE_TEST_SUITE_P(, StoreContract,
                         testing::Values(Kind{"Sqlite", [] { return std::make_unique<SqlitePlace>(); }},
                                         Kind{"Redis", [] { return std::make_unique<RedisPlace>(); }}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace shoal::tracker
