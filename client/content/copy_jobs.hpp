#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

/// Copies older versions of content into hidden folders, see reuse_content, on a thread of its own: one after
/// the other, as a disk reads best. Called from one thread.
class CopyJobs {
  public:
    struct Job {
        std::int64_t id = 0;
        manifest::Manifest wanted;   ///< names the files to copy
        std::filesystem::path from;  ///< the content's root of the older version
        std::filesystem::path to;    ///< what is there already, of a run that was killed, goes first
    };
    struct Result {
        std::int64_t id = 0;
        std::string error;  ///< empty: it was copied
    };

    CopyJobs() = default;
    CopyJobs(const CopyJobs&) = delete;
    CopyJobs& operator=(const CopyJobs&) = delete;
    /// Abandons what is not done.
    ~CopyJobs();

    void start(Job job);
    /// Returns when nothing of it is written any more, milliseconds later. It has no result then.
    void cancel(std::int64_t id);
    /// Was it started, and not taken yet?
    [[nodiscard]] bool has(std::int64_t id) const;
    /// What ended since the last call. Does not wait.
    std::vector<Result> take();

  private:
    void run();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;
    std::optional<std::int64_t> running_;
    std::vector<Result> ended_;
    std::atomic<bool> abandon_{false};  ///< the running one
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace shoal::client
