#include "client/swarm/disk/hash_queue.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "torrentgen/hashing/kernel_choice.hpp"

namespace shoal::client::disk {

HashQueue::HashQueue(unsigned threads, metrics::Histogram& times, Finished finished)
    : wanted_threads_(std::max(1u, threads)),
      times_(times),
      finished_(std::move(finished)),
      kernels_(hashing::KernelChoice::measured(hashing::Algorithm::kSha1)) {}

HashQueue::~HashQueue() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void HashQueue::add(HashJob job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    // More threads only where one can't keep up, so that pieces come side by side.
    const std::size_t useful = 1 + jobs_.size() / (2 * hashing::kMaxLanes);
    if (threads_.size() < std::min<std::size_t>(wanted_threads_, useful))
        threads_.emplace_back([this] { run(); });
    changed_.notify_one();
}

std::vector<HashJob> HashQueue::cancel(const Storage* storage) {
    const std::lock_guard lock(mutex_);
    const auto kept = std::stable_partition(jobs_.begin(), jobs_.end(), [storage](const HashJob& job) {
        return storage != nullptr && job.storage.get() != storage;
    });
    std::vector<HashJob> cancelled(std::make_move_iterator(kept), std::make_move_iterator(jobs_.end()));
    jobs_.erase(kept, jobs_.end());
    return cancelled;
}

void HashQueue::run() {
    while (true) {
        std::vector<HashJob> jobs = take();
        if (jobs.empty()) return;
        const auto start = std::chrono::steady_clock::now();
        hash_side_by_side(jobs);
        times_.count(std::chrono::steady_clock::now() - start, jobs.size());
        finished_(std::move(jobs));
    }
}

std::size_t HashQueue::side_by_side() const {
    const HashJob& first = jobs_.front();
    const auto fitting = static_cast<std::size_t>(std::count_if(
        jobs_.begin(), jobs_.end(), [&](const HashJob& job) { return job.v1_bytes == first.v1_bytes; }));
    const std::size_t most = std::min<std::size_t>(fitting, hashing::kMaxLanes);
    // SHA-256 finds its lanes in the blocks of one piece.
    return first.v1_bytes == 0 ? most : std::min<std::size_t>(most, kernels_.best(most).lanes);
}

std::vector<HashJob> HashQueue::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return {};
    const std::size_t count = side_by_side();
    const std::int64_t v1_bytes = jobs_.front().v1_bytes;
    std::vector<HashJob> taken;
    for (auto job = jobs_.begin(); taken.size() < count;) {
        if (job->v1_bytes != v1_bytes) {
            ++job;
            continue;
        }
        taken.push_back(std::move(*job));
        job = jobs_.erase(job);
    }
    return taken;
}

}  // namespace shoal::client::disk
