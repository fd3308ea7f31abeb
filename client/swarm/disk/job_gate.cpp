#include "client/swarm/disk/job_gate.hpp"

#include <utility>

namespace shoal::client::disk {

void JobGate::shared(Job start) {
    if (try_shared()) {
        start();
    } else {
        waiting_.push_back({false, std::move(start)});
    }
}

bool JobGate::try_shared() {
    if (!open()) return false;
    ++running_;
    return true;
}

void JobGate::exclusive(Job start) {
    waiting_.push_back({true, std::move(start)});
    run_next();
}

void JobGate::finished() {
    --running_;
    exclusive_runs_ = false;
    run_next();
}

void JobGate::run_next() {
    while (!waiting_.empty() && !exclusive_runs_) {
        if (waiting_.front().exclusive && running_ > 0) return;
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        exclusive_runs_ = next.exclusive;
        ++running_;
        next.start();
    }
}

}  // namespace shoal::client::disk
