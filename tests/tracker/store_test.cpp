#include "tracker/store/store.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::tracker {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

Changes sample() {
    Changes changes;
    changes.swarms.push_back({3, *InfoHash::from_bytes("aaaaaaaaaaaaaaaaaaaa"), 7, kNow - 5, kNow - 1, true,
                              "mödel.bin", 5'000'000'000});
    PeerRecord peer;
    peer.number = 9;
    peer.swarm = 3;
    peer.contact.peer_id = *PeerId::from_bytes("-SH0001-bbbbbbbbbbbb");
    peer.contact.set(*IpAddress::parse("10.0.0.1"), 6881);
    peer.contact.set(*IpAddress::parse("2001:db8::1"), 6882);
    peer.key = 0xdeadbeef;
    peer.left = UINT64_MAX;
    peer.uploaded = 5;
    peer.first_seen = kNow - 4;
    peer.last_seen = kNow - 2;
    peer.left_known = true;
    peer.completed = true;
    changes.peers.push_back(peer);
    return changes;
}

struct Loaded {
    std::vector<SwarmRecord> swarms;
    std::vector<PeerRecord> peers;
};

Loaded load(Store& store, UnixSeconds now) {
    Loaded loaded;
    store.load(
        now, 75, [&](const SwarmRecord& record) { loaded.swarms.push_back(record); },
        [&](const PeerRecord& record) { loaded.peers.push_back(record); });
    return loaded;
}

TEST(Store, GivesBackWhatItWasGiven) {
    const test::TemporaryFolder folder;
    Store(folder / "db").apply(sample(), kNow);
    Store store(folder / "db");
    const Loaded loaded = load(store, kNow + 10);
    ASSERT_EQ(loaded.swarms.size(), 1u);
    EXPECT_EQ(loaded.swarms[0].number, 3u);
    EXPECT_EQ(loaded.swarms[0].info_hash.view(), "aaaaaaaaaaaaaaaaaaaa");
    EXPECT_EQ(loaded.swarms[0].completed, 7u);
    EXPECT_EQ(loaded.swarms[0].created, kNow - 5);
    EXPECT_EQ(loaded.swarms[0].last_active, kNow - 1);
    EXPECT_TRUE(loaded.swarms[0].registered);
    EXPECT_EQ(loaded.swarms[0].name, "mödel.bin");
    EXPECT_EQ(loaded.swarms[0].size, 5'000'000'000u);
    ASSERT_EQ(loaded.peers.size(), 1u);
    const PeerRecord& peer = loaded.peers[0];
    const PeerRecord expected = sample().peers[0];
    EXPECT_EQ(peer.number, expected.number);
    EXPECT_EQ(peer.swarm, expected.swarm);
    EXPECT_EQ(peer.contact.peer_id, expected.contact.peer_id);
    EXPECT_EQ(peer.contact.ipv4, expected.contact.ipv4);
    EXPECT_EQ(peer.contact.ipv6, expected.contact.ipv6);
    EXPECT_EQ(peer.contact.port4, 6881);
    EXPECT_EQ(peer.contact.port6, 6882);
    EXPECT_EQ(peer.key, expected.key);
    EXPECT_EQ(peer.left, expected.left);
    EXPECT_EQ(peer.uploaded, expected.uploaded);
    EXPECT_EQ(peer.first_seen, expected.first_seen);
    EXPECT_EQ(peer.last_seen, expected.last_seen);
    EXPECT_TRUE(peer.left_known);
    EXPECT_FALSE(peer.paused);
    EXPECT_TRUE(peer.completed);
}

TEST(Store, AppliesRemovals) {
    const test::TemporaryFolder folder;
    Store store(folder / "db");
    store.apply(sample(), kNow);
    Changes changes;
    changes.removed_peers = {9, 10};
    store.apply(changes, kNow);
    EXPECT_TRUE(load(store, kNow).peers.empty());
    changes.removed_swarms = {3};
    store.apply(changes, kNow);
    EXPECT_TRUE(load(store, kNow).swarms.empty());
}

TEST(Store, ForgetsPeersAfterALongStop) {
    const test::TemporaryFolder folder;
    Store store(folder / "db");
    store.apply(sample(), kNow);
    EXPECT_EQ(load(store, kNow + 75).peers.size(), 1u);
    const Loaded late = load(store, kNow + 76);
    EXPECT_TRUE(late.peers.empty());
    EXPECT_EQ(late.swarms.size(), 1u) << "completions are kept";
    EXPECT_TRUE(load(store, kNow).peers.empty()) << "and gone from the file";
}

TEST(Store, BringsAnOlderLayoutUpToDate) {
    const test::TemporaryFolder folder;
    {
        Store store(folder / "db");
        store.apply(sample(), kNow);
    }
    {
        // The layout of version 1.
        SQLite::Database database((folder / "db").native(), SQLite::OPEN_READWRITE);
        for (const char* column : {"registered", "name", "size"})
            database.exec(std::string("ALTER TABLE swarm DROP COLUMN ") + column);
        database.exec("PRAGMA user_version = 1");
    }
    Store store(folder / "db");
    const Loaded loaded = load(store, kNow);
    ASSERT_EQ(loaded.swarms.size(), 1u);
    EXPECT_EQ(loaded.swarms[0].completed, 7u);
    EXPECT_FALSE(loaded.swarms[0].registered);
    EXPECT_EQ(loaded.peers.size(), 1u);
}

TEST(Store, RefusesALayoutFromTheFuture) {
    const test::TemporaryFolder folder;
    { const Store store(folder / "db"); }
    SQLite::Database((folder / "db").native(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    EXPECT_THROW(Store(folder / "db"), Error);
}

template <class Function>
std::string error_of(Function function) {
    try {
        function();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kFileSystem);
        return error.what();
    }
    return "";
}

TEST(Store, RefusesWhatIsNoDatabase) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "db") << std::string(1000, 'x');
    EXPECT_NE(error_of([&] { Store(folder / "db"); }).find("not a database"), std::string::npos);
    EXPECT_NE(error_of([&] { Store(folder / "no" / "db"); }).find("No such file"), std::string::npos);
}

TEST(Store, RefusesASecondTracker) {
    const test::TemporaryFolder folder;
    const Store first(folder / "db");
    EXPECT_NE(error_of([&] { Store(folder / "db"); }).find("another tracker"), std::string::npos);
}

}  // namespace
}  // namespace shoal::tracker
