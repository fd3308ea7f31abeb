#include "client/webseed/web_seed_watch.hpp"

#include <algorithm>
#include <utility>

#include "common/error.hpp"

namespace shoal::webseed {

WebSeedWatch::~WebSeedWatch() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void WebSeedWatch::look(std::uint64_t torrent, const std::string& web_seed,
                        std::shared_ptr<const std::string> manifest, std::optional<std::uint32_t> piece) {
    {
        const std::lock_guard lock(mutex_);
        const bool waits = std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& job) {
            return job.torrent == torrent && job.web_seed == web_seed && job.piece == piece;
        });
        if (!waits) jobs_.push_back({torrent, web_seed, std::move(manifest), piece});
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    wake_.notify_all();
}

std::vector<WebSeedWatch::Report> WebSeedWatch::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(reports_, {});
}

void WebSeedWatch::run() {
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
            if (stop_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        Finding finding;
        try {
            finding =
                look_at(job.web_seed, *job.manifest, job.piece, rules_, [this] { return stop_.load(); });
        } catch (const Error& error) {
            finding = {Finding::State::kUnclear, error.what(), "", job.web_seed};
        }
        const std::lock_guard lock(mutex_);
        reports_.push_back({job.torrent, job.web_seed, std::move(finding)});
    }
}

}  // namespace shoal::webseed
