#include "client/swarm/disk/job_threads.hpp"

#include <utility>

namespace shoal::client::disk {

JobThreads::~JobThreads() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    added_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void JobThreads::add(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        if (jobs_.size() > idle_ && threads_.size() < most_) threads_.emplace_back([this] { run(); });
    }
    added_.notify_one();
}

void JobThreads::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        added_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        --idle_;
        if (jobs_.empty()) return;
        {
            const std::function<void()> job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
        }
        lock.lock();
    }
}

}  // namespace shoal::client::disk
