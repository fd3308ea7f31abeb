#include "tracker/store/schema.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <array>
#include <set>
#include <string>

#include "common/error.hpp"

namespace shoal::tracker {
namespace {

// Step i leads from version i to i + 1. A step that was released is never edited: add another one.
constexpr std::array<const char*, 3> kMigrations{
    R"(
CREATE TABLE tracker (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    alive_at INTEGER NOT NULL              -- Unix seconds; the tracker was running then
);
INSERT INTO tracker VALUES (1, 0);
CREATE TABLE swarm (
    number INTEGER PRIMARY KEY,
    info_hash BLOB NOT NULL UNIQUE,
    completed INTEGER NOT NULL,
    created INTEGER NOT NULL,
    last_active INTEGER NOT NULL
);
CREATE TABLE peer (
    number INTEGER PRIMARY KEY,            -- of a place in memory: used again, so the table stays dense
    swarm INTEGER NOT NULL,
    peer_id BLOB NOT NULL,
    key INTEGER NOT NULL,
    ipv4 BLOB, port4 INTEGER NOT NULL,     -- network order; port 0: not over this family
    ipv6 BLOB, port6 INTEGER NOT NULL,
    bytes_left INTEGER,                    -- NULL: the peer does not say
    uploaded INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
);
)",
    R"(
ALTER TABLE swarm ADD COLUMN registered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE swarm ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE swarm ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
)",
    R"(
CREATE TABLE channel (
    name TEXT PRIMARY KEY,
    root BLOB NOT NULL,                    -- a .channel file
    publication BLOB NOT NULL,             -- empty: nothing was published
    ratchet BLOB NOT NULL
);
)"};

}  // namespace

void refuse_other_programs(SQLite::Database& database, const std::filesystem::path& file) {
    std::set<std::string> tables;
    SQLite::Statement names(database, "SELECT name FROM sqlite_master WHERE type = 'table'");
    while (names.executeStep()) tables.insert(names.getColumn(0).getString());
    const bool ours = tables.contains("tracker") && tables.contains("swarm") && tables.contains("peer");
    const bool unused = tables.empty() && database.execAndGet("PRAGMA user_version").getInt() == 0 &&
                        database.execAndGet("PRAGMA application_id").getInt() == 0;
    if (ours || unused) return;
    throw Error(ExitCode::kFileSystem, file.native(),
                tables.empty()
                    ? std::string("it is another program's database")
                    : fmt::format("it is another program's database, with a table '{}'", *tables.begin()),
                "name another file with --db");
}

void migrate(SQLite::Database& database) {
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    constexpr int kNewest = static_cast<int>(kMigrations.size());
    if (version == kNewest) return;
    if (version > kNewest || version < 0) {
        throw Error(ExitCode::kFileSystem, database.getFilename(),
                    fmt::format("its layout is version {}, this program knows up to {}", version, kNewest),
                    "run the newer shoal-tracker, or name another file with --db");
    }
    SQLite::Transaction transaction(database);
    for (int step = version; step < kNewest; ++step)
        database.exec(kMigrations.at(static_cast<std::size_t>(step)));
    database.exec(fmt::format("PRAGMA user_version = {}", kNewest));
    transaction.commit();
}

}  // namespace shoal::tracker
