#include "tracker/shared/follower.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/log.hpp"
#include "tracker/shared/record_bytes.hpp"
#include "tracker/shared/redis_connection.hpp"
#include "tracker/shared/redis_keys.hpp"
#include "tracker/shared/redis_master.hpp"
#include "tracker/shared/redis_store.hpp"

namespace shoal::tracker {
namespace {

constexpr auto kTimeout = std::chrono::seconds(3);
// How long Redis holds back its reply while nothing happens: also how long stop() may wait.
constexpr std::string_view kWait = "250";  // milliseconds
constexpr std::string_view kEntries = "64";
constexpr auto kRetry = std::chrono::milliseconds(500);
constexpr std::string_view kBeginning = "0-0";

std::optional<std::uint64_t> parse(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// One batch of the stream.
struct Entry {
    std::string_view id;
    std::optional<std::uint64_t> tracker;
    std::optional<std::uint64_t> number;
    std::string_view batch;
};

Entry entry_of(const redisReply& reply) {
    Entry entry;
    const auto parts = list_of(reply);
    if (parts.size() != 2) throw RedisFailure(RedisFailure::Kind::kAway, "its stream's entry has no fields");
    entry.id = text_of(*parts[0]);
    const auto fields = list_of(*parts[1]);
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        const std::string_view name = text_of(*fields[i]);
        const std::string_view value = text_of(*fields[i + 1]);
        if (name == "t") entry.tracker = parse(value, 16);
        if (name == "n") entry.number = parse(value, 10);
        if (name == "b") entry.batch = value;
    }
    return entry;
}

}  // namespace

struct Follower::Impl {
    Impl(RedisAddress address_, std::uint64_t tracker_, ChangeSink& sink_, std::function<UnixSeconds()> now_)
        : address(std::move(address_)), tracker(tracker_), sink(sink_), now(std::move(now_)) {}

    RedisAddress address;
    std::uint64_t tracker;
    ChangeSink& sink;
    std::function<UnixSeconds()> now;

    // Of the thread, once it runs.
    std::unique_ptr<RedisConnection> connection;
    std::string last;  ///< the id up to which all is known; empty: none yet
    std::unordered_map<std::uint64_t, std::uint64_t> numbers;  ///< the last batch of each other tracker

    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    FollowerState state;
    std::thread thread;

    void run();
    void connect();
    void load();
    void follow();
    void take(const Entry& entry);
    [[nodiscard]] bool still_there();
    void refused(std::uint64_t values);
};

void Follower::Impl::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        lock.unlock();
        std::string error;
        try {
            if (!connection) connect();
            follow();
        } catch (const RedisFailure& failure) {
            connection.reset();
            error = failure.what();
        }
        lock.lock();
        if (error.empty()) {
            state.healthy = true;
            state.error.clear();
            continue;
        }
        state.healthy = false;
        state.error = std::move(error);
        ++state.failures;
        wake.wait_for(lock, kRetry, [this] { return stopping; });
    }
}

void Follower::Impl::connect() {
    auto fresh = connect_to_master(address, kTimeout);
    claim_database(*fresh);
    connection = std::move(fresh);
    if (!still_there()) load();
}

/// Whether the stream still has the last entry that was read: then what came behind it is there too.
bool Follower::Impl::still_there() {
    if (last.empty()) return false;
    if (last == kBeginning) return true;
    return !list_of(*connection->command({"XRANGE", shared::kChanges, last, last})).empty();
}

void Follower::Impl::load() {
    // First where the stream ends, then the table: what is written meanwhile is read twice, not missed.
    const RedisReply end = connection->command({"XREVRANGE", shared::kChanges, "+", "-", "COUNT", "1"});
    const auto entries = list_of(*end);
    const std::string begin(entries.empty() ? kBeginning : entry_of(*entries.front()).id);
    std::uint64_t records = 0;
    const std::uint64_t bad = load_all(
        *connection, now(),
        [&](const SwarmRecord& record) {
            sink.take(record, std::nullopt);
            ++records;
        },
        [&](const PeerRecord& record) {
            sink.take(record);
            ++records;
        });
    last = begin;
    numbers.clear();
    refused(bad);
    const std::lock_guard lock(mutex);
    ++state.loads;
    state.records += records;
}

void Follower::Impl::follow() {
    const RedisReply reply =
        connection->command({"XREAD", "COUNT", kEntries, "BLOCK", kWait, "STREAMS", shared::kChanges, last});
    for (const redisReply* stream : list_of(*reply)) {
        const auto parts = list_of(*stream);
        if (parts.size() != 2) throw RedisFailure(RedisFailure::Kind::kAway, "its stream has no entries");
        for (const redisReply* element : list_of(*parts[1])) {
            const Entry entry = entry_of(*element);
            last = entry.id;
            if (entry.tracker != tracker) take(entry);
        }
    }
}

void Follower::Impl::take(const Entry& entry) {
    const auto changes = entry.tracker && entry.number ? shared::read_batch(entry.batch) : std::nullopt;
    if (!changes) {
        refused(1);
        return;
    }
    const auto known = numbers.find(*entry.tracker);
    const bool gap = known != numbers.end() && *entry.number > known->second + 1;
    numbers[*entry.tracker] = *entry.number;
    for (const RemovedPeer& removed : changes->removed_peers) sink.take(removed);
    for (const SwarmRecord& record : changes->swarms) sink.take(record, entry.tracker);
    for (const PeerRecord& record : changes->peers) sink.take(record);
    {
        const std::lock_guard lock(mutex);
        ++state.batches;
        state.records += changes->size();
    }
    // The stream was trimmed before this tracker came to it.
    if (gap) load();
}

void Follower::Impl::refused(std::uint64_t values) {
    if (values == 0) return;
    const std::lock_guard lock(mutex);
    if (state.refused == 0)
        log::warning("Redis holds values that are no tracker's records: they are passed over",
                     {{"values", std::to_string(values)}});
    state.refused += values;
}

Follower::Follower(RedisAddress address, std::uint64_t tracker, ChangeSink& sink,
                   std::function<UnixSeconds()> now)
    : impl_(std::make_unique<Impl>(std::move(address), tracker, sink, std::move(now))) {}

Follower::~Follower() {
    stop();
}

void Follower::load() {
    impl_->connect();
}

void Follower::start() {
    impl_->thread = std::thread([this] { impl_->run(); });
}

void Follower::stop() {
    if (!impl_->thread.joinable()) return;
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->wake.notify_one();
    impl_->thread.join();
}

FollowerState Follower::state() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->state;
}

}  // namespace shoal::tracker
