#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>

namespace shoal::daemon {

/// Work that other threads hand to the daemon's one thread, and wait for.
class LoopQueue {
  public:
    LoopQueue();
    LoopQueue(const LoopQueue&) = delete;
    LoopQueue& operator=(const LoopQueue&) = delete;
    ~LoopQueue();

    /// From any thread: returns when the loop has done it; false where the loop has ended before that. What
    /// `work` throws is thrown here, and does not reach the loop.
    bool run(const std::function<void()>& work);
    /// Readable while work waits.
    [[nodiscard]] int file_descriptor() const { return event_; }
    /// On the loop's thread: does what waits.
    void drain();
    /// On the loop's thread, when it ends: nothing is taken any more.
    void close();

  private:
    struct Task {
        const std::function<void()>* work = nullptr;
        bool over = false;
        bool done = false;
        std::exception_ptr failure;
    };
    void finish_all(bool doing);

    int event_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task*> waiting_;
    bool closed_ = false;
};

}  // namespace shoal::daemon
