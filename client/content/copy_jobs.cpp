#include "client/content/copy_jobs.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "client/content/reuse.hpp"
#include "common/error.hpp"

namespace shoal::client {
namespace {

namespace fs = std::filesystem;

std::string copy(const CopyJobs::Job& job, const std::atomic<bool>& abandon) {
    try {
        std::error_code error;
        fs::remove_all(job.to, error);
        if (error) throw file_error(job.to.string(), error.value());
        reuse_content(job.wanted, job.from, job.to,
                      [&abandon](const manifest::CreateProgress&) { return !abandon; });
        return {};
    } catch (const std::exception& failure) {
        return failure.what();
    }
}

}  // namespace

CopyJobs::~CopyJobs() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        abandon_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void CopyJobs::start(Job job) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(job));
    }
    changed_.notify_all();
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void CopyJobs::cancel(std::int64_t id) {
    std::unique_lock lock(mutex_);
    waiting_.erase(
        std::remove_if(waiting_.begin(), waiting_.end(), [id](const Job& job) { return job.id == id; }),
        waiting_.end());
    if (running_ == id) {
        abandon_ = true;
        changed_.wait(lock, [&] { return running_ != id; });
    }
    ended_.erase(
        std::remove_if(ended_.begin(), ended_.end(), [id](const Result& result) { return result.id == id; }),
        ended_.end());
}

bool CopyJobs::has(std::int64_t id) const {
    const std::lock_guard lock(mutex_);
    const auto same = [id](const auto& one) { return one.id == id; };
    return running_ == id || std::any_of(waiting_.begin(), waiting_.end(), same) ||
           std::any_of(ended_.begin(), ended_.end(), same);
}

std::vector<CopyJobs::Result> CopyJobs::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ended_, {});
}

void CopyJobs::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
        if (stop_) return;
        const Job job = std::move(waiting_.front());
        waiting_.pop_front();
        running_ = job.id;
        abandon_ = false;
        lock.unlock();
        std::string error = copy(job, abandon_);
        lock.lock();
        running_.reset();
        ended_.push_back({job.id, std::move(error)});
        changed_.notify_all();
    }
}

}  // namespace shoal::client
