#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace shoal::client::disk {

/// Threads that run jobs in the order in which they came. They start when there is work for them.
class JobThreads {
  public:
    explicit JobThreads(unsigned most) : most_(most) {}
    JobThreads(const JobThreads&) = delete;
    JobThreads& operator=(const JobThreads&) = delete;
    /// Runs what is queued to its end.
    ~JobThreads();

    void add(std::function<void()> job);

  private:
    void run();

    const unsigned most_;
    std::mutex mutex_;
    std::condition_variable added_;
    std::deque<std::function<void()>> jobs_;
    unsigned idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace shoal::client::disk
