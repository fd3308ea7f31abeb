#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "client/swarm/disk/hash_job.hpp"
#include "common/metrics/histogram.hpp"

namespace shoal::hashing {
class KernelChoice;
}

namespace shoal::client::disk {

/// Threads that hash pieces. They start with the first piece.
///
/// A piece never waits for others: at each hop of a fan-out the next one would wait with it. Sixteen side by
/// side cost little more than one, and they come by themselves where a thread is behind: it takes at once
/// what has come meanwhile.
class HashQueue {
  public:
    using Finished = std::function<void(std::vector<HashJob>)>;

    /// @param times     counts each piece; must outlive the queue
    /// @param finished  is called on a hashing thread with jobs that are done
    HashQueue(unsigned threads, metrics::Histogram& times, Finished finished);
    HashQueue(const HashQueue&) = delete;
    HashQueue& operator=(const HashQueue&) = delete;
    /// Waits for those being hashed; the ones still in the queue are forgotten.
    ~HashQueue();

    void add(HashJob job);
    /// Takes back what no thread has begun. @param storage  only its pieces; null: all
    std::vector<HashJob> cancel(const Storage* storage);

  private:
    void run();
    /// Jobs for hash_side_by_side; empty: the end.
    std::vector<HashJob> take();
    /// How many of the queue one thread should take.
    [[nodiscard]] std::size_t side_by_side() const;

    const unsigned wanted_threads_;
    metrics::Histogram& times_;
    const Finished finished_;
    const hashing::KernelChoice& kernels_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<HashJob> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace shoal::client::disk
