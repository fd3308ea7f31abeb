#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>

#include "torrentgen/hashing/piece_hasher.hpp"

namespace shoal::hashing {

/// Neighbouring pieces of one length that one thread hashes side by side.
struct Group {
    std::size_t first = 0;
    unsigned count = 0;
};

/// What the threads of one hash_pieces share: the next piece to take, the results, and whether to stop.
class HashJob {
  public:
    HashJob(const Content& content, const HashOptions& options, unsigned threads);
    HashJob(const HashJob&) = delete;
    HashJob& operator=(const HashJob&) = delete;

    /// The next pieces. The last one goes alone where it is shorter. Nothing once all are taken or the job
    /// stops.
    /// @param wanted  how many to take of so many: near the end fewer, so that every thread gets some
    std::optional<Group> take(const std::function<std::size_t(std::size_t)>& wanted);

    [[nodiscard]] std::uint64_t piece_start(std::size_t piece) const;
    [[nodiscard]] std::size_t piece_bytes(std::size_t piece) const;
    /// The bytes of a piece that belong to its file and not to padding. Aligned content only.
    [[nodiscard]] std::size_t file_bytes(std::size_t piece) const;
    /// How many leaves wide the piece's tree is. Aligned content only.
    [[nodiscard]] std::size_t tree_width(std::size_t piece) const;

    void mark_unreadable(std::size_t piece);
    void fail(std::exception_ptr error);
    void thread_done();
    /// Waits for the hashing threads, reporting on the way.
    void watch(const HashProgress& progress);
    /// For whoever reads ahead: waits until the taken pieces reach beyond `offset`, or the job ends.
    /// @return the end of what is taken; nothing once there is nothing left to read ahead
    std::optional<std::uint64_t> wait_until_taken(std::uint64_t offset);
    /// The result, or the error that ended the job.
    PieceHashes finish();

    [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
    [[nodiscard]] const Content& content() const { return content_; }
    [[nodiscard]] const HashOptions& options() const { return options_; }
    [[nodiscard]] ReadPolicy& read_policy() { return policy_; }
    /// Threads write to different pieces.
    PieceHashes& result() { return result_; }

    std::atomic<std::uint64_t> bytes_done{0};

  private:
    const Content& content_;
    const HashOptions& options_;
    const unsigned threads_;
    const std::size_t piece_count_;
    ReadPolicy policy_;
    PieceHashes result_;

    std::mutex mutex_;
    std::condition_variable thread_ended_;
    std::condition_variable piece_taken_;
    std::size_t next_ = 0;
    unsigned threads_done_ = 0;
    std::exception_ptr error_;
    bool interrupted_ = false;
    std::atomic<bool> stopping_{false};
};

}  // namespace shoal::hashing
