#pragma once

#include <deque>
#include <functional>

namespace shoal::client::disk {

/// The order of one torrent's jobs. Shared ones (read, write, hash) run side by side; an exclusive one (move,
/// rename, delete, ...) waits until those before it are done, and those after it wait for it. Belongs to one
/// thread.
class JobGate {
  public:
    using Job = std::function<void()>;

    /// Starts the job, now or later. It calls finished() when it is done, which may be long after `start`
    /// returned, but not before.
    void shared(Job start);
    /// The same for a job that need not be kept: where it may start at once it counts as started.
    bool try_shared();
    void exclusive(Job start);
    /// One job is done; starts those that waited for it.
    void finished();

    /// Would a shared job start at once?
    [[nodiscard]] bool open() const { return waiting_.empty() && !exclusive_runs_; }
    [[nodiscard]] bool idle() const { return running_ == 0 && waiting_.empty(); }

  private:
    struct Waiting {
        bool exclusive;
        Job start;
    };

    void run_next();

    int running_ = 0;
    bool exclusive_runs_ = false;
    std::deque<Waiting> waiting_;
};

}  // namespace shoal::client::disk
