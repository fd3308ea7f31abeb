#include "tracker/shared/redis_store.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <random>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/error.hpp"
#include "tracker/shared/record_bytes.hpp"
#include "tracker/shared/redis_keys.hpp"
#include "tracker/shared/redis_master.hpp"

namespace shoal::tracker {

namespace {

constexpr auto kTimeout = std::chrono::seconds(3);
constexpr std::string_view kFormat = "1";
// Records in one entry of the stream, and in one go of the pipeline.
constexpr std::size_t kMostInPart = 512;
// Entries that the stream keeps: at 5000 changes a second, more than a minute.
constexpr std::string_view kStreamLength = "1000";
// The longest that a silent peer may live, with some time to spare.
constexpr std::string_view kPeersLive = "7200";
constexpr std::string_view kCountsLive = "2592000";  // 30 days, as SwarmOptions::keep_empty_swarm
// A tracker says this often that it lives, and is lost where it has not said so three times.
constexpr UnixSeconds kLookPeriod = 5;
constexpr UnixSeconds kLostAfter = 15;
constexpr UnixSeconds kLostIsTold = 30 * 24 * 3600;  // as long as a count of completions lives
constexpr std::string_view kCountPrefix = "c:";

RedisFailure refusal(const std::string& why) {
    return {RedisFailure::Kind::kRefused, why};
}

std::string hex(std::uint64_t number) {
    return fmt::format("{:016x}", number);
}

template <class Number>
std::optional<Number> parse(std::string_view text, int base) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// EXPIRE with GT came with Redis 7, which Debian 12 has.
void check_version(RedisConnection& connection) {
    constexpr std::string_view kField = "redis_version:";
    constexpr unsigned kLeast = 7;
    const RedisReply reply = connection.command({"INFO", "server"});
    std::string_view text = text_of(*reply);
    const auto at = text.find(kField);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + kField.size());
    const std::string version(text.substr(0, text.find_first_of("\r\n")));
    const auto major = parse<unsigned>(std::string_view(version).substr(0, version.find('.')), 10);
    if (!major || *major < kLeast)
        throw refusal(fmt::format("it is version '{}', and 7.0 is the oldest that will do", version));
}

/// The fields of a hash, in pairs.
std::vector<std::pair<std::string_view, std::string_view>> pairs_of(const redisReply& reply) {
    const auto elements = list_of(reply);
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    for (std::size_t i = 0; i + 1 < elements.size(); i += 2)
        pairs.emplace_back(text_of(*elements[i]), text_of(*elements[i + 1]));
    return pairs;
}

/// Nothing where its fields are no swarm.
std::optional<SwarmRecord> swarm_of(const InfoHash& info_hash, const redisReply& reply) {
    std::optional<SwarmRecord> record;
    std::vector<TrackerCount> counts;
    for (const auto& [field, value] : pairs_of(reply)) {
        if (field == "info") {
            record = shared::read_swarm(info_hash, value);
        } else if (field.starts_with(kCountPrefix)) {
            const auto tracker = parse<std::uint64_t>(field.substr(kCountPrefix.size()), 16);
            const auto completed = parse<std::uint32_t>(value, 10);
            if (tracker && completed) counts.push_back({*tracker, *completed});
        }
    }
    if (!record) return std::nullopt;
    for (const TrackerCount& count : counts) record->completed += count.completed;
    record->counts = std::move(counts);
    return record;
}

/// Calls `each` with the info-hash of every key of that prefix, in parts, none twice.
void scan(RedisConnection& connection, std::string_view prefix,
          const std::function<void(const std::vector<InfoHash>&)>& each) {
    const std::string pattern = std::string(prefix) + "*";
    std::unordered_set<InfoHash> seen;
    std::string cursor = "0";
    do {
        const RedisReply reply = connection.command({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
        const auto elements = list_of(*reply);
        if (elements.size() != 2) throw RedisFailure(RedisFailure::Kind::kAway, "it replied no cursor");
        cursor = std::string(text_of(*elements[0]));
        std::vector<InfoHash> found;
        for (const redisReply* key : list_of(*elements[1])) {
            const auto info_hash = InfoHash::from_hex(text_of(*key).substr(prefix.size()));
            if (info_hash && seen.insert(*info_hash).second) found.push_back(*info_hash);
        }
        each(found);
    } while (cursor != "0");
}

}  // namespace

void claim_database(RedisConnection& connection) {
    check_version(connection);
    if (integer_of(*connection.command({"HSETNX", shared::kMeta, "format", kFormat})) == 0) {
        const RedisReply format = connection.command({"HGET", shared::kMeta, "format"});
        if (format->type != REDIS_REPLY_STRING || text_of(*format) != kFormat)
            throw refusal("what is in its database comes from another version of shoal-tracker");
        return;
    }
    // It is the only key now, unless there were others, or another tracker was as fast.
    if (integer_of(*connection.command({"DBSIZE"})) != 1) {
        const RedisReply ours = connection.command({"SCAN", "0", "MATCH", "shoal:*", "COUNT", "100000"});
        const auto parts = list_of(*ours);
        if (parts.size() != 2 || list_of(*parts[1]).size() < 2) {
            connection.command({"DEL", shared::kMeta});
            throw refusal("its database holds other data: name an empty one, as in redis://HOST/1");
        }
    }
    std::random_device random;
    connection.command({"HSET", shared::kMeta, "epoch", hex(std::uint64_t{random()} << 32 | random())});
}

std::uint64_t load_all(RedisConnection& connection, UnixSeconds now,
                       const std::function<void(const SwarmRecord&)>& swarm,
                       const std::function<void(const PeerRecord&)>& peer) {
    std::uint64_t bad = 0;
    std::unordered_map<InfoHash, std::uint64_t> numbers;
    scan(connection, shared::kSwarm, [&](const std::vector<InfoHash>& found) {
        for (const InfoHash& info_hash : found)
            connection.append({"HGETALL", shared::key_of(shared::kSwarm, info_hash)});
        for (const InfoHash& info_hash : found) {
            const RedisReply reply = connection.read();
            auto record = swarm_of(info_hash, *reply);
            if (!record) {
                ++bad;
                continue;
            }
            record->number = numbers.emplace(info_hash, numbers.size()).first->second;
            swarm(*record);
        }
    });
    scan(connection, shared::kPeers, [&](const std::vector<InfoHash>& found) {
        // One at a time: a large swarm's peers are many megabytes.
        for (const InfoHash& info_hash : found) {
            const auto number = numbers.find(info_hash);
            if (number == numbers.end()) continue;
            const std::string key = shared::key_of(shared::kPeers, info_hash);
            const RedisReply reply = connection.command({"HGETALL", key});
            RedisConnection::Arguments gone{"HDEL", key};
            for (const auto& [field, value] : pairs_of(*reply)) {
                auto record = shared::read_peer(info_hash, field, value);
                if (!record) ++bad;
                if (!record || std::uint64_t{record->last_seen} + record->lifetime <= now) {
                    gone.push_back(field);
                    continue;
                }
                record->swarm = number->second;
                peer(*record);
            }
            if (gone.size() > 2) connection.command(gone);
        }
    });
    return bad;
}

RedisStore::RedisStore(Options options) : options_(std::move(options)) {}

RedisStore::~RedisStore() = default;

void RedisStore::connect() {
    connection_.reset();
    unread_ = 0;
    auto connection = connect_to_master(options_.address, kTimeout);
    claim_database(*connection);
    connection_ = std::move(connection);
    // What was written last may be lost: a master's replica takes over without it.
    if (!epoch_.empty()) options_.on_return();
    check_epoch();
}

/// Whether the database was emptied since, by a restart or by somebody.
void RedisStore::check_epoch() {
    RedisReply epoch = connection_->command({"HGET", shared::kMeta, "epoch"});
    if (epoch->type != REDIS_REPLY_STRING) {
        claim_database(*connection_);
        epoch = connection_->command({"HGET", shared::kMeta, "epoch"});
    }
    if (epoch->type != REDIS_REPLY_STRING)
        throw RedisFailure(RedisFailure::Kind::kAway, "another tracker is making its database the trackers'");
    if (text_of(*epoch) == epoch_) return;
    epoch_ = text_of(*epoch);
    looked_at_ = 0;
    options_.on_return();
}

void RedisStore::load(UnixSeconds now, UnixSeconds, const std::function<void(const SwarmRecord&)>& swarm,
                      const std::function<void(const PeerRecord&)>& peer) {
    try {
        if (!connection_) connect();
        load_all(*connection_, now, swarm, peer);
    } catch (const RedisFailure& failure) {
        connection_.reset();
        throw Error(ExitCode::kFailed, "Redis at " + options_.address.to_string(), failure.what());
    }
}

void RedisStore::look_at_trackers(UnixSeconds now) {
    if (now >= looked_at_ && now - looked_at_ < kLookPeriod) return;
    connection_->command({"HSET", shared::kTrackers, hex(options_.tracker), std::to_string(now)});
    const RedisReply reply = connection_->command({"HGETALL", shared::kTrackers});
    std::uint32_t lost = 0;
    RedisConnection::Arguments forgotten{"HDEL", shared::kTrackers};
    for (const auto& [tracker, value] : pairs_of(*reply)) {
        const auto wrote_at = parse<UnixSeconds>(value, 10);
        if (!wrote_at || std::uint64_t{*wrote_at} + kLostIsTold <= now) {
            forgotten.push_back(tracker);
        } else if (std::uint64_t{*wrote_at} + kLostAfter <= now) {
            ++lost;
        }
    }
    if (forgotten.size() > 2) connection_->command(forgotten);
    lost_trackers_ = lost;
    looked_at_ = now;
}

void RedisStore::leave() {
    try {
        if (!connection_) connect();
        connection_->command({"HDEL", shared::kTrackers, hex(options_.tracker)});
    } catch (const RedisFailure& failure) {
        connection_.reset();
        throw StoreFailure(failure.what());
    }
}

void RedisStore::apply(const Changes& changes, UnixSeconds now) {
    try {
        if (connection_) {
            check_epoch();
        } else {
            connect();
        }
        look_at_trackers(now);
        write(changes);
    } catch (const RedisFailure& failure) {
        connection_.reset();
        throw StoreFailure(failure.what());
    }
}

void RedisStore::write(const Changes& changes) {
    Changes part;
    const auto flush = [&] {
        if (!part.empty()) write_part(part);
        part.clear();
    };
    const auto add = [&](auto& list, const auto& record) {
        list.push_back(record);
        if (part.size() >= kMostInPart) flush();
    };
    for (const RemovedPeer& removed : changes.removed_peers) add(part.removed_peers, removed);
    // A removal must not travel behind the record that takes the peer in again.
    flush();
    for (const SwarmRecord& swarm : changes.swarms) add(part.swarms, swarm);
    for (const PeerRecord& peer : changes.peers) add(part.peers, peer);
    flush();
}

void RedisStore::write_part(const Changes& part) {
    std::unordered_set<InfoHash> touched;
    const auto send = [&](const RedisConnection::Arguments& arguments) {
        connection_->append(arguments);
        ++unread_;
    };
    // All or nothing: a peer that is said to be counted and its swarm's count belong together.
    send({"MULTI"});
    for (const RemovedPeer& removed : part.removed_peers)
        send({"HDEL", shared::key_of(shared::kPeers, removed.info_hash), shared::peer_key(removed.contact)});
    for (const SwarmRecord& swarm : part.swarms) write_swarm(swarm);
    for (const PeerRecord& peer : part.peers) {
        const std::string key = shared::key_of(shared::kPeers, peer.info_hash);
        send({"HSET", key, shared::peer_key(peer.contact), shared::peer_value(peer)});
        if (!touched.insert(peer.info_hash).second) continue;
        send({"EXPIRE", key, kPeersLive});
        // A registered swarm's key never expires; to GT that is later than any time.
        send({"EXPIRE", shared::key_of(shared::kSwarm, peer.info_hash), kCountsLive, "GT"});
    }
    send({"XADD", shared::kChanges, "MAXLEN", "~", kStreamLength, "*", "t", hex(options_.tracker), "n",
          std::to_string(++batches_), "b", shared::batch_bytes(part)});
    send({"EXEC"});
    drain();
}

void RedisStore::write_swarm(const SwarmRecord& swarm) {
    const std::string key = shared::key_of(shared::kSwarm, swarm.info_hash);
    connection_->append({"HSET", key, "info", shared::swarm_value(swarm)});
    ++unread_;
    for (const TrackerCount& count : swarm.counts) {
        // What others counted is only filled in where it is missing: they know it better.
        const std::string field = std::string(kCountPrefix) + hex(count.tracker);
        connection_->append({count.tracker == options_.tracker ? "HSET" : "HSETNX", key, field,
                             std::to_string(count.completed)});
        ++unread_;
    }
    if (swarm.registered) {
        connection_->append({"PERSIST", key});
    } else {
        connection_->append({"EXPIRE", key, kCountsLive});
    }
    ++unread_;
}

void RedisStore::drain() {
    for (; unread_ > 0; --unread_) connection_->read();
}

}  // namespace shoal::tracker
