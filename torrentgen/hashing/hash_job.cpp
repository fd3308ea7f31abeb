#include "torrentgen/hashing/hash_job.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "common/error.hpp"

namespace shoal::hashing {
namespace {

/// Content that would push everything else out of the page cache gives it back. What is smaller stays: it
/// will be seeded next.
bool is_larger_than_half_of_memory(std::uint64_t bytes) {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 && bytes / 2 > 0 &&
           bytes > static_cast<std::uint64_t>(pages) / 2 * static_cast<std::uint64_t>(page);
}

}  // namespace

HashJob::HashJob(const Content& content, const HashOptions& options, unsigned threads)
    : content_(content),
      options_(options),
      threads_(threads),
      piece_count_(static_cast<std::size_t>((content.size() + options.piece_size - 1) / options.piece_size)) {
    policy_.on_unreadable = options.on_unreadable;
    policy_.drop_behind = is_larger_than_half_of_memory(content.size());
    if (options.sha1) result_.sha1.resize(piece_count_);
    if (options.sha256) result_.sha256.resize(piece_count_);
    result_.unreadable.resize(piece_count_);
}

std::optional<Group> HashJob::take(const std::function<std::size_t(std::size_t)>& wanted) {
    const std::lock_guard lock(mutex_);
    if (stopping() || next_ == piece_count_) return std::nullopt;
    const auto full = static_cast<std::size_t>(content_.size() / options_.piece_size);
    const std::size_t left = next_ < full ? full - next_ : 1;
    const std::size_t fair = (left + threads_ - 1) / threads_;
    const Group group{next_, static_cast<unsigned>(std::clamp<std::size_t>(wanted(fair), 1, fair))};
    next_ += group.count;
    piece_taken_.notify_all();
    return group;
}

std::uint64_t HashJob::piece_start(std::size_t piece) const {
    return piece * std::uint64_t{options_.piece_size};
}

std::size_t HashJob::piece_bytes(std::size_t piece) const {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(options_.piece_size, content_.size() - piece_start(piece)));
}

std::size_t HashJob::file_bytes(std::size_t piece) const {
    const std::uint64_t start = piece_start(piece);
    const std::uint64_t in_file = content_.offset(content_.file_at(start) + 1) - start;
    return static_cast<std::size_t>(std::min<std::uint64_t>(options_.piece_size, in_file));
}

std::size_t HashJob::tree_width(std::size_t piece) const {
    const std::uint64_t file_size = content_.files()[content_.file_at(piece_start(piece))].size;
    if (file_size > options_.piece_size) return options_.piece_size / kBlockBytes;
    return std::bit_ceil(static_cast<std::size_t>((file_size + kBlockBytes - 1) / kBlockBytes));
}

void HashJob::mark_unreadable(std::size_t piece) {
    const std::lock_guard lock(mutex_);  // neighbouring bits share a word
    result_.unreadable[piece] = true;
}

void HashJob::fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopping_ = true;
    piece_taken_.notify_all();
}

void HashJob::thread_done() {
    const std::lock_guard lock(mutex_);
    ++threads_done_;
    thread_ended_.notify_all();
}

void HashJob::watch(const HashProgress& progress) {
    constexpr auto kReportEvery = std::chrono::milliseconds(100);
    std::unique_lock lock(mutex_);
    while (!thread_ended_.wait_for(lock, kReportEvery, [&] { return threads_done_ == threads_; })) {
        lock.unlock();
        const bool go_on = !progress || progress(bytes_done.load(std::memory_order_relaxed));
        lock.lock();
        if (go_on) continue;
        interrupted_ = true;
        stopping_ = true;
        piece_taken_.notify_all();
    }
}

std::optional<std::uint64_t> HashJob::wait_until_taken(std::uint64_t offset) {
    std::unique_lock lock(mutex_);
    const auto over = [&] { return stopping() || next_ == piece_count_; };
    piece_taken_.wait(lock, [&] {
        return over() || (policy_.cold.load(std::memory_order_relaxed) && piece_start(next_) > offset);
    });
    if (over()) return std::nullopt;
    return piece_start(next_);
}

PieceHashes HashJob::finish() {
    if (error_) std::rethrow_exception(error_);
    if (interrupted_) throw Error(ExitCode::kInterrupted, "hashing", "interrupted", "nothing was written");
    return std::move(result_);
}

}  // namespace shoal::hashing
