#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/webseed/web_seed_look.hpp"

namespace shoal::webseed {

/// Looks at web seeds one after the other, in a thread of its own that begins with the first of them.
class WebSeedWatch {
  public:
    struct Report {
        std::uint64_t torrent = 0;  ///< as look() was told
        std::string web_seed;
        Finding finding;
    };

    explicit WebSeedWatch(Rules rules) : rules_(std::move(rules)) {}
    WebSeedWatch(const WebSeedWatch&) = delete;
    WebSeedWatch& operator=(const WebSeedWatch&) = delete;
    /// Breaks off what is under way.
    ~WebSeedWatch();

    /// Queues a look, unless the same one waits already. @param piece  to be compared with its hash, too
    void look(std::uint64_t torrent, const std::string& web_seed, std::shared_ptr<const std::string> manifest,
              std::optional<std::uint32_t> piece = std::nullopt);
    /// What was found since the last call.
    std::vector<Report> take();

  private:
    struct Job {
        std::uint64_t torrent = 0;
        std::string web_seed;
        std::shared_ptr<const std::string> manifest;
        std::optional<std::uint32_t> piece;
    };

    void run();

    Rules rules_;
    std::atomic<bool> stop_ = false;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;         // under mutex_
    std::vector<Report> reports_;  // under mutex_
    std::thread thread_;
};

}  // namespace shoal::webseed
