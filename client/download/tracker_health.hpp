#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace shoal::client {

/// Decides when a failing tracker is worth a warning: once, and not while another of this machine's
/// addresses, each of which announces by itself, may still get an answer.
class TrackerHealth {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// @param what  "URL: what it said"
    void failed(const std::string& what, TimePoint now);
    void answered() { failure_.clear(); }

    /// The latest failure; empty where the trackers answer.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// What to warn of now; nothing the second time.
    std::optional<std::string> warning(TimePoint now);

  private:
    std::string failure_;
    TimePoint since_{};
    bool warned_ = false;
};

}  // namespace shoal::client
