#include "tracker/store/journal.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "common/log.hpp"
#include "tracker/store/store.hpp"

namespace shoal::tracker {
namespace {

// Even when nothing happens the store learns that the tracker lives, or a restart would forget its peers.
constexpr UnixSeconds kHeartbeat = 5;

}  // namespace

struct Journal::Impl {
    Impl(ChangeSource& source_, Store& store_, std::function<UnixSeconds()> now_,
         std::chrono::milliseconds period_, std::string name_)
        : source(source_), store(store_), now(std::move(now_)), period(period_), name(std::move(name_)) {}

    ChangeSource& source;
    Store& store;
    std::function<UnixSeconds()> now;
    std::chrono::milliseconds period;
    std::string name;

    Changes batch;  ///< taken, but not written yet
    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    // flush() takes a number; the thread answers all numbers that were taken before it began to write.
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;
    bool flushed = false;  ///< how the last of them ended
    std::condition_variable answer;
    JournalState state;
    std::thread thread;

    void run();
    bool write_once();
    bool write_all();
    void succeeded(std::size_t records, UnixSeconds at);
    void failed(const std::string& why);
};

void Journal::Impl::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        wake.wait_for(lock, period, [this] { return stopping || asked > answered; });
        if (stopping) break;
        const std::uint64_t ticket = asked;
        const bool flush = ticket > answered;
        lock.unlock();
        const bool written = flush ? write_all() : write_once();
        lock.lock();
        if (!flush) continue;
        answered = ticket;
        flushed = written;
        answer.notify_all();
    }
    answer.notify_all();
}

bool Journal::Impl::write_all() {
    // Twice: a batch that failed before may still be there, with newer changes behind it.
    if (!write_once() || !write_once()) return false;
    try {
        store.sync();
    } catch (const StoreFailure& failure) {
        failed(failure.what());
        return false;
    }
    return true;
}

bool Journal::Impl::write_once() {
    if (batch.empty()) source.take_changes(batch);
    const UnixSeconds at = now();
    const bool in_place = store.in_place();
    {
        const std::lock_guard lock(mutex);
        state.file_lost |= !in_place;
        if (batch.empty() && in_place && at < state.written_at + kHeartbeat && state.healthy) return true;
    }
    try {
        store.apply(batch, at);
    } catch (const StoreFailure& failure) {
        failed(failure.what());
        return false;
    }
    succeeded(batch.size(), at);
    batch = {};  // not clear(): a herd's batch would hold its memory for ever
    return true;
}

void Journal::Impl::succeeded(std::size_t records, UnixSeconds at) {
    const std::lock_guard lock(mutex);
    if (!state.healthy) log::info(name + " is written again");
    state.healthy = true;
    state.error.clear();
    ++state.transactions;
    state.records += records;
    state.written_at = at;
}

void Journal::Impl::failed(const std::string& why) {
    const std::lock_guard lock(mutex);
    if (state.healthy) {
        log::error(name + " cannot be written, going on in memory and trying again",
                   {{"error", why}, {"waiting", std::to_string(batch.size())}});
    }
    state.healthy = false;
    state.error = why;
    ++state.failures;
}

Journal::Journal(ChangeSource& source, Store& store, std::function<UnixSeconds()> now,
                 std::chrono::milliseconds period, std::string name)
    : impl_(std::make_unique<Impl>(source, store, std::move(now), period, std::move(name))) {}

Journal::~Journal() {
    stop();
}

void Journal::start() {
    impl_->thread = std::thread([this] { impl_->run(); });
}

bool Journal::flush() {
    std::unique_lock lock(impl_->mutex);
    if (impl_->stopping || !impl_->thread.joinable()) return false;
    const std::uint64_t ticket = ++impl_->asked;
    impl_->wake.notify_one();
    impl_->answer.wait(lock, [&] { return impl_->answered >= ticket || impl_->stopping; });
    return impl_->answered >= ticket && impl_->flushed;
}

bool Journal::stop() {
    if (!impl_->thread.joinable()) return true;
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->wake.notify_one();
    impl_->thread.join();
    // Twice: a batch that failed before may still be there, with newer changes behind it.
    return impl_->write_once() && impl_->write_once();
}

JournalState Journal::state() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->state;
}

}  // namespace shoal::tracker
