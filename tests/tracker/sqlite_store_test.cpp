#include "tracker/store/sqlite_store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracker/store/sqlite_failure.hpp"

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

Loaded load(SqliteStore& store, UnixSeconds now) {
    Loaded loaded;
    store.load(
        now, 75, [&](const SwarmRecord& record) { loaded.swarms.push_back(record); },
        [&](const PeerRecord& record) { loaded.peers.push_back(record); });
    return loaded;
}

std::vector<ChannelRecord> channels_of(SqliteStore& store) {
    std::vector<ChannelRecord> channels;
    store.load_channels([&](const ChannelRecord& record) { channels.push_back(record); });
    return channels;
}

TEST(SqliteStore, KeepsChannelsUntilTheyAreRemoved) {
    const test::TemporaryFolder folder;
    const std::string bytes("d\0e\xff", 4);
    const ChannelRecord camera{"camera/latest", bytes, "", bytes + "r"};
    Changes changes;
    changes.channels = {{"models", "root", "old", "old"}, camera};
    {
        SqliteStore store(folder / "db");
        store.apply(changes, kNow);
    }
    SqliteStore store(folder / "db");
    EXPECT_EQ(channels_of(store).size(), 2u);
    changes.channels = {{"models", "root", "new", "new"}};
    changes.removed_channels = {"camera/latest"};
    store.apply(changes, kNow);
    EXPECT_EQ(channels_of(store), changes.channels);
    changes.channels = {camera};
    changes.removed_channels = {"models"};
    store.apply(changes, kNow);
    EXPECT_EQ(channels_of(store), changes.channels);
}

TEST(SqliteStore, GivesBackWhatItWasGiven) {
    const test::TemporaryFolder folder;
    SqliteStore(folder / "db").apply(sample(), kNow);
    SqliteStore store(folder / "db");
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

TEST(SqliteStore, AppliesRemovals) {
    const test::TemporaryFolder folder;
    SqliteStore store(folder / "db");
    store.apply(sample(), kNow);
    Changes changes;
    changes.removed_peers.resize(2);
    changes.removed_peers[0].number = 9;
    changes.removed_peers[1].number = 10;
    store.apply(changes, kNow);
    EXPECT_TRUE(load(store, kNow).peers.empty());
    changes.removed_swarms = {3};
    store.apply(changes, kNow);
    EXPECT_TRUE(load(store, kNow).swarms.empty());
}

TEST(SqliteStore, ForgetsPeersAfterALongStop) {
    const test::TemporaryFolder folder;
    SqliteStore store(folder / "db");
    store.apply(sample(), kNow);
    EXPECT_EQ(load(store, kNow + 75).peers.size(), 1u);
    const Loaded late = load(store, kNow + 76);
    EXPECT_TRUE(late.peers.empty());
    EXPECT_EQ(late.swarms.size(), 1u) << "completions are kept";
    EXPECT_TRUE(load(store, kNow).peers.empty()) << "and gone from the file";
}

TEST(SqliteStore, BringsAnOlderLayoutUpToDate) {
    const test::TemporaryFolder folder;
    {
        SqliteStore store(folder / "db");
        store.apply(sample(), kNow);
    }
    {
        // The layout of version 1.
        SQLite::Database database((folder / "db").native(), SQLite::OPEN_READWRITE);
        for (const char* column : {"registered", "name", "size"})
            database.exec(std::string("ALTER TABLE swarm DROP COLUMN ") + column);
        database.exec("DROP TABLE channel");
        database.exec("PRAGMA user_version = 1");
    }
    SqliteStore store(folder / "db");
    const Loaded loaded = load(store, kNow);
    ASSERT_EQ(loaded.swarms.size(), 1u);
    EXPECT_EQ(loaded.swarms[0].completed, 7u);
    EXPECT_FALSE(loaded.swarms[0].registered);
    EXPECT_EQ(loaded.peers.size(), 1u);
    EXPECT_TRUE(channels_of(store).empty());
}

TEST(SqliteStore, RefusesALayoutFromTheFuture) {
    const test::TemporaryFolder folder;
    { const SqliteStore store(folder / "db"); }
    SQLite::Database((folder / "db").native(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    EXPECT_THROW(SqliteStore(folder / "db"), Error);
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

TEST(SqliteStore, RefusesWhatIsNoDatabase) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "db") << std::string(1000, 'x');
    EXPECT_NE(error_of([&] { SqliteStore(folder / "db"); }).find("not a database"), std::string::npos);
    EXPECT_NE(error_of([&] { SqliteStore(folder / "no" / "db"); }).find("No such file"), std::string::npos);
}

/// Names and contents of all files.
std::map<std::string, std::string> contents(const test::TemporaryFolder& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        std::ifstream file(entry.path());
        all[entry.path().filename().native()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return all;
}

TEST(SqliteStore, LeavesOtherProgramsFilesAsTheyAre) {
    for (const char* sql : {"CREATE TABLE bookmarks (id); INSERT INTO bookmarks VALUES (7)",
                            "CREATE TABLE bookmarks (id); PRAGMA user_version = 2",
                            "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (id)",
                            "CREATE TABLE peer (id); CREATE TABLE swarm (id)", "PRAGMA user_version = 2",
                            "PRAGMA application_id = 7"}) {
        const test::TemporaryFolder folder;
        {
            SQLite::Database database((folder / "a b%20?#.db").native(),
                                      SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            database.exec(sql);
        }
        const auto before = contents(folder);
        ASSERT_EQ(before.size(), 1u);
        const std::string error = error_of([&] { SqliteStore(folder / "a b%20?#.db"); });
        EXPECT_NE(error.find("a b%20?#.db: it is another program's database"), std::string::npos)
            << sql << error;
        EXPECT_NE(error.find("--db"), std::string::npos) << error;
        EXPECT_EQ(contents(folder), before) << sql;
    }
}

TEST(SqliteStore, TakesAnEmptyFile) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "db").flush();
    SqliteStore store(folder / "db");
    EXPECT_TRUE(load(store, kNow).swarms.empty());
    EXPECT_TRUE(store.in_place());
}

/// A file of many pages, closed.
void write_many(const std::filesystem::path& file) {
    Changes changes;
    for (std::uint64_t i = 1; i <= 4000; ++i) {
        std::string hash = "aaaaaaaaaaaaaaaaaaaa" + std::to_string(i);
        changes.swarms.push_back(
            {i, *InfoHash::from_bytes(hash.substr(hash.size() - 20)), 0, kNow, kNow, false, "name", 1});
    }
    SqliteStore(file).apply(changes, kNow);
}

TEST(SqliteStore, RefusesADamagedFileWithAdvice) {
    const test::TemporaryFolder folder;
    constexpr std::streamoff kPage = 4096;
    // A page in the middle of the tables, one of the last (an index), and all but the first two.
    for (const auto& [begin, pages] : {std::pair<int, int>{10, 3}, {60, 10}, {2, 50}}) {
        std::filesystem::remove(folder / "db");
        write_many(folder / "db");
        ASSERT_GT(std::filesystem::file_size(folder / "db"), 70u * kPage);
        {
            std::fstream file(folder / "db");
            file.seekp(begin * kPage);
            file << std::string(static_cast<std::size_t>(pages) * kPage, '\xee');
        }
        const auto before = contents(folder);
        const std::string error = error_of([&] { SqliteStore(folder / "db"); });
        EXPECT_NE(error.find((folder / "db").native() + ": "), std::string::npos) << error;
        EXPECT_NE(error.find("it is damaged: put a copy in its place"), std::string::npos) << error;
        EXPECT_EQ(contents(folder), before);
    }
}

TEST(SqliteStore, RefusesRowsThatMakeNoSense) {
    for (const char* sql : {"UPDATE swarm SET info_hash = x'00'", "DELETE FROM tracker",
                            "DROP TABLE peer; CREATE TABLE peer (id)"}) {
        const test::TemporaryFolder folder;
        SqliteStore(folder / "db").apply(sample(), kNow);
        SQLite::Database((folder / "db").native(), SQLite::OPEN_READWRITE).exec(sql);
        SqliteStore store(folder / "db");
        const std::string error = error_of([&] { load(store, kNow); });
        EXPECT_NE(error.find("it is damaged"), std::string::npos) << sql << ": " << error;
    }
}

std::string failure_of(SqliteStore& store, const Changes& changes, UnixSeconds now) {
    try {
        store.apply(changes, now);
    } catch (const StoreFailure& failure) {
        return failure.what();
    }
    return "";
}

TEST(SqliteStore, WritesADeletedFileAnewAndKeepsItsPlace) {
    for (const auto& deleted : std::vector<std::vector<std::string>>{
             {"db", "db-wal", "db-shm"}, {"db"}, {"db-wal"}, {"db-shm"}, {"db", "db-wal"}}) {
        const test::TemporaryFolder folder;
        {
            SqliteStore store(folder / "db");
            store.apply(sample(), kNow);
            EXPECT_TRUE(store.in_place());
            for (const std::string& name : deleted) std::filesystem::remove(folder / name);
            EXPECT_FALSE(store.in_place()) << deleted[0];
            Changes more;
            more.swarms.push_back(
                {4, *InfoHash::from_bytes("bbbbbbbbbbbbbbbbbbbb"), 1, kNow, kNow, false, "", 0});
            EXPECT_EQ(failure_of(store, more, kNow), "") << deleted[0];
            EXPECT_TRUE(store.in_place());
            EXPECT_NE(error_of([&] { SqliteStore(folder / "db"); }).find("another tracker"),
                      std::string::npos)
                << deleted[0];
        }
        EXPECT_EQ(contents(folder).size(), 1u) << "nothing else is left behind";
        SqliteStore store(folder / "db");
        const Loaded loaded = load(store, kNow);
        EXPECT_EQ(loaded.swarms.size(), 2u) << deleted[0];
        EXPECT_EQ(loaded.peers.size(), 1u) << deleted[0];
    }
}

TEST(SqliteStore, SaysWhyADeletedFileCannotBeWrittenAnew) {
    const test::TemporaryFolder folder;
    std::filesystem::create_directory(folder / "sub");
    SqliteStore store(folder / "sub" / "db");
    store.apply(sample(), kNow);
    std::filesystem::remove_all(folder / "sub");
    for (const UnixSeconds now : {kNow, kNow + 1, kNow + 5}) {
        const std::string failure = failure_of(store, sample(), now);
        EXPECT_NE(failure.find("the file was deleted, and cannot be written anew: "), std::string::npos)
            << failure;
        EXPECT_NE(failure.find("its folder"), std::string::npos) << failure;
    }
    std::filesystem::create_directory(folder / "sub");
    EXPECT_NE(failure_of(store, sample(), kNow + 9), "") << "not tried all the time";
    EXPECT_EQ(failure_of(store, sample(), kNow + 10), "");
    EXPECT_EQ(load(store, kNow).peers.size(), 1u);
}

TEST(SqliteStore, FollowsLinks) {
    const test::TemporaryFolder folder;
    std::filesystem::create_directory(folder / "real");
    std::filesystem::create_symlink(folder / "real" / "db", folder / "link");
    SqliteStore store(folder / "link");
    store.apply(sample(), kNow);
    EXPECT_TRUE(store.in_place());
    std::filesystem::remove(folder / "real" / "db");
    EXPECT_EQ(failure_of(store, sample(), kNow), "");
    EXPECT_TRUE(std::filesystem::is_regular_file(folder / "real" / "db"));
}

TEST(SqliteStore, DoesNotTouchWhatIsPutInItsPlace) {
    const test::TemporaryFolder folder;
    SqliteStore store(folder / "db");
    store.apply(sample(), kNow);
    write_many(folder / "other");
    std::filesystem::rename(folder / "other", folder / "db");
    const std::string other = contents(folder)["db"];
    EXPECT_FALSE(store.in_place());
    EXPECT_NE(failure_of(store, sample(), kNow).find("was replaced while the tracker ran"),
              std::string::npos);
    EXPECT_EQ(contents(folder)["db"], other);
    EXPECT_NE(error_of([&] { SqliteStore(folder / "db"); }).find("another tracker"), std::string::npos)
        << "no second one begins with it";
    std::filesystem::remove(folder / "db");
    EXPECT_EQ(failure_of(store, sample(), kNow), "");
    EXPECT_TRUE(store.in_place());
    EXPECT_EQ(load(store, kNow).swarms.size(), 1u);
}

TEST(SqliteStore, GivesAdviceThatFitsTheCause) {
    const auto advice = [](int code) {
        return explain(SQLite::Exception("why", code), "/var/lib/x.db").advice;
    };
    EXPECT_NE(advice(SQLITE_FULL).find("free some space"), std::string::npos);
    EXPECT_NE(advice(SQLITE_READONLY).find("its folder"), std::string::npos);
    EXPECT_NE(advice(SQLITE_READONLY_DIRECTORY).find("its folder"), std::string::npos);
    EXPECT_NE(advice(SQLITE_CANTOPEN).find("its folder"), std::string::npos);
    EXPECT_NE(advice(SQLITE_BUSY).find("other programs"), std::string::npos);
    EXPECT_NE(advice(SQLITE_IOERR_WRITE).find("kernel log"), std::string::npos);
    EXPECT_NE(advice(SQLITE_CORRUPT).find("sqlite3 /var/lib/x.db .recover"), std::string::npos);
    EXPECT_NE(advice(SQLITE_NOTADB).find("--db"), std::string::npos);
}

TEST(SqliteStore, RefusesASecondTracker) {
    const test::TemporaryFolder folder;
    const SqliteStore first(folder / "db");
    EXPECT_NE(error_of([&] { SqliteStore(folder / "db"); }).find("another tracker"), std::string::npos);
}

}  // namespace
}  // namespace shoal::tracker
