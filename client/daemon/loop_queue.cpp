#include "client/daemon/loop_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace shoal::daemon {

LoopQueue::LoopQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

LoopQueue::~LoopQueue() {
    ::close(event_);
}

bool LoopQueue::run(const std::function<void()>& work) {
    Task task;
    task.work = &work;
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    waiting_.push_back(&task);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(event_, &one, sizeof one);  // full means readable already
    changed_.wait(lock, [&] { return task.over; });
    if (task.failure) std::rethrow_exception(task.failure);
    return task.done;
}

void LoopQueue::drain() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(event_, &count, sizeof count);
    finish_all(true);
}

void LoopQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    finish_all(false);
}

void LoopQueue::finish_all(bool doing) {
    std::unique_lock lock(mutex_);
    const std::deque<Task*> tasks = std::exchange(waiting_, {});
    for (Task* task : tasks) {
        if (doing) {
            lock.unlock();
            try {
                (*task->work)();
            } catch (...) {
                task->failure = std::current_exception();
            }
            lock.lock();
        }
        task->done = doing;
        task->over = true;
        changed_.notify_all();
    }
}

}  // namespace shoal::daemon
