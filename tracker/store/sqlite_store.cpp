#include "tracker/store/sqlite_store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "tracker/store/sqlite_failure.hpp"
#include "tracker/store/store_file.hpp"

namespace shoal::tracker {

namespace fs = std::filesystem;

namespace {

// SQLite's integers are signed; the bits survive the way there and back.
std::int64_t to_sql(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}
std::uint64_t from_sql(const SQLite::Column& column) {
    return static_cast<std::uint64_t>(column.getInt64());
}

template <class Bytes>
void bind_bytes(SQLite::Statement& statement, int index, const Bytes& bytes, bool present = true) {
    if (present) {
        statement.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
    } else {
        statement.bind(index);
    }
}

/// An address that is not known is NULL.
template <class Bytes>
void read_bytes(const SQLite::Column& column, Bytes& bytes) {
    if (column.isNull()) return;
    if (static_cast<std::size_t>(column.getBytes()) != bytes.size())
        throw SQLite::Exception(std::string(column.getName()) + " has a wrong length", SQLITE_CORRUPT);
    std::memcpy(bytes.data(), column.getBlob(), bytes.size());
}

Error start_failure(const SQLite::Exception& failure, const fs::path& file) {
    const SqliteFailure explained = explain(failure, file);
    return {ExitCode::kFileSystem, file.native(), explained.why, explained.advice};
}

}  // namespace

struct SqliteStore::Impl {
    explicit Impl(const fs::path& path) : file(path) {}

    StoreFile file;
    SQLite::Database& database = file.database();
};

SqliteStore::SqliteStore(const std::filesystem::path& file) {
    try {
        impl_ = std::make_unique<Impl>(file);
    } catch (const SQLite::Exception& failure) {
        throw start_failure(failure, file);
    } catch (const fs::filesystem_error& failure) {
        throw file_error(file.native(), failure.code().value());
    }
}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::in_place() const {
    return impl_->file.in_place();
}

void SqliteStore::load(UnixSeconds now, UnixSeconds max_age,
                       const std::function<void(const SwarmRecord&)>& swarm,
                       const std::function<void(const PeerRecord&)>& peer) {
    try {
        read(now, max_age, swarm, peer);
    } catch (const SQLite::Exception& failure) {
        throw start_failure(failure, impl_->file.path());
    }
}

void SqliteStore::read(UnixSeconds now, UnixSeconds max_age,
                       const std::function<void(const SwarmRecord&)>& swarm,
                       const std::function<void(const PeerRecord&)>& peer) {
    SQLite::Database& database = impl_->database;
    SQLite::Statement swarms(
        database,
        "SELECT number, info_hash, completed, created, last_active, registered, name, size "
        "FROM swarm");
    while (swarms.executeStep()) {
        SwarmRecord record;
        record.number = from_sql(swarms.getColumn(0));
        read_bytes(swarms.getColumn(1), record.info_hash.bytes);
        record.completed = swarms.getColumn(2).getUInt();
        record.created = swarms.getColumn(3).getUInt();
        record.last_active = swarms.getColumn(4).getUInt();
        record.registered = swarms.getColumn(5).getInt() != 0;
        record.name = swarms.getColumn(6).getString();
        record.size = from_sql(swarms.getColumn(7));
        swarm(record);
    }
    const UnixSeconds alive_at = database.execAndGet("SELECT alive_at FROM tracker").getUInt();
    if (std::uint64_t{alive_at} + max_age < now) {
        database.exec("DELETE FROM peer");
        return;
    }
    SQLite::Statement peers(database,
                            "SELECT number, swarm, peer_id, key, ipv4, port4, ipv6, port6, bytes_left, "
                            "uploaded, paused, completed, first_seen, last_seen FROM peer");
    while (peers.executeStep()) {
        PeerRecord record;
        record.number = from_sql(peers.getColumn(0));
        record.swarm = from_sql(peers.getColumn(1));
        read_bytes(peers.getColumn(2), record.contact.peer_id.bytes);
        record.key = peers.getColumn(3).getUInt();
        read_bytes(peers.getColumn(4), record.contact.ipv4);
        record.contact.port4 = static_cast<std::uint16_t>(peers.getColumn(5).getInt());
        read_bytes(peers.getColumn(6), record.contact.ipv6);
        record.contact.port6 = static_cast<std::uint16_t>(peers.getColumn(7).getInt());
        record.left_known = !peers.getColumn(8).isNull();
        record.left = from_sql(peers.getColumn(8));
        record.uploaded = from_sql(peers.getColumn(9));
        record.paused = peers.getColumn(10).getInt() != 0;
        record.completed = peers.getColumn(11).getInt() != 0;
        record.first_seen = peers.getColumn(12).getUInt();
        record.last_seen = peers.getColumn(13).getUInt();
        peer(record);
    }
}

void SqliteStore::load_channels(const std::function<void(const ChannelRecord&)>& channel) {
    try {
        SQLite::Statement channels(impl_->database, "SELECT name, root, publication, ratchet FROM channel");
        while (channels.executeStep()) {
            channel({channels.getColumn(0).getString(), channels.getColumn(1).getString(),
                     channels.getColumn(2).getString(), channels.getColumn(3).getString()});
        }
    } catch (const SQLite::Exception& failure) {
        throw start_failure(failure, impl_->file.path());
    }
}

void SqliteStore::apply(const Changes& changes, UnixSeconds now) {
    try {
        if (!impl_->file.in_place()) impl_->file.return_to_place(now);
        SQLite::Database& database = impl_->database;
        SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
        remove(changes);
        write_swarms(changes);
        write_peers(changes);
        write_channels(changes);
        SQLite::Statement alive(database, "UPDATE tracker SET alive_at = ?");
        alive.bind(1, now);
        alive.exec();
        transaction.commit();
    } catch (const SQLite::Exception& failure) {
        const SqliteFailure explained = explain(failure, impl_->file.path());
        throw StoreFailure(explained.why + ": " + explained.advice);
    } catch (const Error& failure) {
        throw StoreFailure(failure.what());
    } catch (const fs::filesystem_error& failure) {
        throw StoreFailure(file_error(impl_->file.path().native(), failure.code().value()).what());
    }
}

void SqliteStore::sync() {
    try {
        // With synchronous = NORMAL only a checkpoint forces the log to the disk.
        impl_->database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (const SQLite::Exception& failure) {
        throw StoreFailure(failure.what());
    }
}

void SqliteStore::remove(const Changes& changes) {
    SQLite::Statement swarm(impl_->database, "DELETE FROM swarm WHERE number = ?");
    for (const std::uint64_t number : changes.removed_swarms) {
        swarm.bind(1, to_sql(number));
        swarm.exec();
        swarm.reset();
    }
    SQLite::Statement peer(impl_->database, "DELETE FROM peer WHERE number = ?");
    for (const RemovedPeer& removed : changes.removed_peers) {
        peer.bind(1, to_sql(removed.number));
        peer.exec();
        peer.reset();
    }
}

void SqliteStore::write_swarms(const Changes& changes) {
    SQLite::Statement statement(impl_->database,
                                "INSERT OR REPLACE INTO swarm VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (const SwarmRecord& record : changes.swarms) {
        statement.bind(1, to_sql(record.number));
        bind_bytes(statement, 2, record.info_hash.bytes);
        statement.bind(3, record.completed);
        statement.bind(4, record.created);
        statement.bind(5, record.last_active);
        statement.bind(6, static_cast<int>(record.registered));
        statement.bindNoCopy(7, record.name);
        statement.bind(8, to_sql(record.size));
        statement.exec();
        statement.reset();
    }
}

void SqliteStore::write_channels(const Changes& changes) {
    SQLite::Statement removal(impl_->database, "DELETE FROM channel WHERE name = ?");
    for (const std::string& name : changes.removed_channels) {
        removal.bindNoCopy(1, name);
        removal.exec();
        removal.reset();
    }
    SQLite::Statement statement(impl_->database, "INSERT OR REPLACE INTO channel VALUES (?, ?, ?, ?)");
    for (const ChannelRecord& record : changes.channels) {
        statement.bindNoCopy(1, record.name);
        bind_bytes(statement, 2, record.root);
        bind_bytes(statement, 3, record.publication);
        bind_bytes(statement, 4, record.ratchet);
        statement.exec();
        statement.reset();
    }
}

void SqliteStore::write_peers(const Changes& changes) {
    SQLite::Statement statement(
        impl_->database, "INSERT OR REPLACE INTO peer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    // A page of the file holds the peers of neighbouring numbers, which come from all shards: in the shards'
    // order each page of a herd would be written once a shard.
    std::vector<const PeerRecord*> in_order;
    in_order.reserve(changes.peers.size());
    for (const PeerRecord& record : changes.peers) in_order.push_back(&record);
    std::sort(in_order.begin(), in_order.end(),
              [](const PeerRecord* a, const PeerRecord* b) { return a->number < b->number; });
    for (const PeerRecord* const peer : in_order) {
        const PeerRecord& record = *peer;
        const PeerContact& contact = record.contact;
        statement.bind(1, to_sql(record.number));
        statement.bind(2, to_sql(record.swarm));
        bind_bytes(statement, 3, contact.peer_id.bytes);
        statement.bind(4, record.key);
        bind_bytes(statement, 5, contact.ipv4, contact.has_ipv4());
        statement.bind(6, static_cast<int>(contact.port4));
        bind_bytes(statement, 7, contact.ipv6, contact.has_ipv6());
        statement.bind(8, static_cast<int>(contact.port6));
        if (record.left_known) {
            statement.bind(9, to_sql(record.left));
        } else {
            statement.bind(9);
        }
        statement.bind(10, to_sql(record.uploaded));
        statement.bind(11, static_cast<int>(record.paused));
        statement.bind(12, static_cast<int>(record.completed));
        statement.bind(13, record.first_seen);
        statement.bind(14, record.last_seen);
        statement.exec();
        statement.reset();
    }
}

}  // namespace shoal::tracker
