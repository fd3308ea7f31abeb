#include "torrentgen/hashing/piece_hasher.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "common/error.hpp"
#include "torrentgen/hashing/lane_hasher.hpp"
#include "torrentgen/hashing/merkle.hpp"

namespace shoal::hashing {
namespace {

/// All lanes' buffers of one thread together: large enough to make system calls rare, small enough to stay in
/// a core's second-level cache between read and hash.
constexpr std::size_t kStepBytes = 512u << 10;

/// Neighbouring pieces that one thread hashes side by side.
struct Group {
    std::size_t first = 0;
    unsigned count = 0;
};

/// What the threads share: the next piece to take, the results, and whether to stop.
class Job {
  public:
    Job(const Content& content, const HashOptions& options)
        : content_(content),
          options_(options),
          piece_count_((content.size() + options.piece_size - 1) / options.piece_size) {
        if (options.sha1) result_.sha1.resize(piece_count_);
        if (options.sha256) result_.sha256.resize(piece_count_);
        result_.unreadable.resize(piece_count_);
    }

    /// Pieces of one length: the last one, where it is shorter, goes alone.
    std::optional<Group> take(unsigned wanted) {
        const std::lock_guard lock(mutex_);
        if (stopping_ || next_ == piece_count_) return std::nullopt;
        const std::size_t full = content_.size() / options_.piece_size;
        const std::size_t left = next_ < full ? full - next_ : 1;
        const Group group{next_, static_cast<unsigned>(std::min<std::size_t>(wanted, left))};
        next_ += group.count;
        return group;
    }

    [[nodiscard]] std::size_t piece_bytes(std::size_t piece) const {
        const std::uint64_t start = piece * std::uint64_t{options_.piece_size};
        return static_cast<std::size_t>(
            std::min<std::uint64_t>(options_.piece_size, content_.size() - start));
    }

    /// The bytes of a piece that belong to its file and not to padding, and the file's size. Aligned content
    /// only.
    [[nodiscard]] std::pair<std::size_t, std::uint64_t> file_part(std::size_t piece) const {
        const std::uint64_t start = piece * std::uint64_t{options_.piece_size};
        const std::size_t file = content_.file_at(start);
        const std::uint64_t in_file = content_.offset(file + 1) - start;
        return {static_cast<std::size_t>(std::min<std::uint64_t>(options_.piece_size, in_file)),
                content_.files()[file].size};
    }

    void mark_unreadable(std::size_t piece) {
        const std::lock_guard lock(mutex_);  // neighbouring bits share a word
        result_.unreadable[piece] = true;
    }

    void fail(std::exception_ptr error) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::move(error);
        stopping_ = true;
    }

    void thread_done() {
        const std::lock_guard lock(mutex_);
        ++threads_done_;
        changed_.notify_all();
    }

    /// Waits for the threads, reporting on the way.
    void watch(unsigned threads, const HashProgress& progress) {
        constexpr auto kReportEvery = std::chrono::milliseconds(100);
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, kReportEvery, [&] { return threads_done_ == threads; })) {
            lock.unlock();
            const bool go_on = !progress || progress(bytes_done.load(std::memory_order_relaxed));
            lock.lock();
            if (!go_on) interrupted_ = stopping_ = true;
        }
    }

    PieceHashes finish() {
        if (error_) std::rethrow_exception(error_);
        if (interrupted_)
            throw Error(ExitCode::kInterrupted, "hashing", "interrupted", "nothing was written");
        return std::move(result_);
    }

    [[nodiscard]] bool stopping() const { return stopping_; }
    [[nodiscard]] const Content& content() const { return content_; }
    [[nodiscard]] const HashOptions& options() const { return options_; }
    [[nodiscard]] std::size_t piece_count() const { return piece_count_; }
    PieceHashes& result() { return result_; }

    std::atomic<std::uint64_t> bytes_done{0};

  private:
    const Content& content_;
    const HashOptions& options_;
    std::size_t piece_count_;
    PieceHashes result_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    unsigned threads_done_ = 0;
    std::exception_ptr error_;
    bool interrupted_ = false;
    std::atomic<bool> stopping_{false};
};

/// One thread: reads a step of each of its pieces, hashes the step in lanes while it is in the cache, goes
/// on.
class Worker {
  public:
    explicit Worker(Job& job)
        : job_(job),
          sha1_kernel_(portable_kernel(Algorithm::kSha1)),
          sha256_kernel_(portable_kernel(Algorithm::kSha256)),
          buffer_(std::make_unique_for_overwrite<std::byte[]>(kStepBytes)) {}

    void run() {
        while (const auto group = job_.take(lanes())) {
            hash_group(*group);
            if (job_.stopping()) return;
        }
    }

  private:
    [[nodiscard]] unsigned lanes() const { return job_.options().sha1 ? sha1_kernel_.lanes : 1; }

    void hash_group(const Group& group) {
        const std::size_t bytes = job_.piece_bytes(group.first);
        const std::size_t step = kStepBytes / group.count / kBlockBytes * kBlockBytes;
        prepare(group);
        std::array<const std::byte*, kMaxLanes> pointers{};
        for (unsigned i = 0; i < group.count; ++i) pointers[i] = buffer_.get() + i * step;
        LaneHasher sha1(sha1_kernel_);
        sha1.start(group.count);
        const auto data = std::span<const std::byte* const>(pointers).first(group.count);
        for (std::size_t done = 0; done < bytes && !job_.stopping(); done += step) {
            const std::size_t part = std::min(step, bytes - done);
            for (unsigned i = 0; i < group.count; ++i) {
                if (!readers_[i]->read(buffer_.get() + i * step, part)) job_.mark_unreadable(group.first + i);
            }
            if (job_.options().sha1) {
                if (done + part < bytes) {
                    sha1.update(data, part);
                } else {
                    sha1.finish(data, part, job_.result().sha1[group.first].data());
                }
            }
            if (job_.options().sha256) hash_blocks(group, data, done, part);
            job_.bytes_done.fetch_add(part * group.count, std::memory_order_relaxed);
        }
        if (job_.options().sha256 && !job_.stopping()) make_piece_roots(group);
    }

    void prepare(const Group& group) {
        while (readers_.size() < group.count) {
            readers_.push_back(std::make_unique<ContentReader>(job_.content(), job_.options().on_unreadable));
            leaves_.emplace_back();
        }
        for (unsigned i = 0; i < group.count; ++i) {
            readers_[i]->seek((group.first + i) * std::uint64_t{job_.options().piece_size});
            leaves_[i].clear();
        }
    }

    /// The leaves of every piece's tree that lie in this step. Steps start on a block's edge.
    void hash_blocks(const Group& group, std::span<const std::byte* const> data, std::size_t done,
                     std::size_t part) {
        messages_.clear();
        for (unsigned i = 0; i < group.count; ++i) {
            const std::size_t end = std::min(job_.file_part(group.first + i).first, done + part);
            for (std::size_t at = done; at < end; at += kBlockBytes) {
                messages_.push_back({data[i] + (at - done), std::min(kBlockBytes, end - at)});
            }
        }
        if (messages_.empty()) return;
        digests_.resize(messages_.size());
        hash_messages(sha256_kernel_, messages_, digests_.front().data());
        std::size_t next = 0;
        for (unsigned i = 0; i < group.count; ++i) {
            const std::size_t end = std::min(job_.file_part(group.first + i).first, done + part);
            for (std::size_t at = done; at < end; at += kBlockBytes) leaves_[i].push_back(digests_[next++]);
        }
    }

    void make_piece_roots(const Group& group) {
        for (unsigned i = 0; i < group.count; ++i) {
            const std::uint64_t file_size = job_.file_part(group.first + i).second;
            const std::size_t width = file_size > job_.options().piece_size
                                          ? job_.options().piece_size / kBlockBytes
                                          : std::bit_ceil(leaves_[i].size());
            job_.result().sha256[group.first + i] = merkle_root(sha256_kernel_, leaves_[i], width, {});
        }
    }

    Job& job_;
    const LaneKernel& sha1_kernel_;
    const LaneKernel& sha256_kernel_;
    std::unique_ptr<std::byte[]> buffer_;
    std::vector<std::unique_ptr<ContentReader>> readers_;  // one a lane: each walks its own piece
    std::vector<std::vector<Sha256Digest>> leaves_;
    std::vector<Message> messages_;
    std::vector<Sha256Digest> digests_;
};

void run_worker(Job& job) {
    try {
        Worker(job).run();
    } catch (...) {
        job.fail(std::current_exception());
    }
    job.thread_done();
}

}  // namespace

unsigned default_threads() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

PieceHashes hash_pieces(const Content& content, const HashOptions& options, const HashProgress& progress) {
    Job job(content, options);
    const unsigned wanted = options.threads == 0 ? default_threads() : options.threads;
    const auto threads =
        static_cast<unsigned>(std::clamp<std::size_t>(job.piece_count(), 1, std::max(1u, wanted)));
    {
        std::vector<std::jthread> workers;
        workers.reserve(threads);
        for (unsigned i = 0; i < threads; ++i) workers.emplace_back(run_worker, std::ref(job));
        job.watch(threads, progress);
    }
    if (progress) progress(job.bytes_done.load());
    return job.finish();
}

}  // namespace shoal::hashing
