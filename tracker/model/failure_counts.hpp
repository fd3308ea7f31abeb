#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

#include "tracker/model/failure.hpp"

namespace shoal::tracker {

/// How often each reason was given. Thread-safe.
class FailureCounts {
  public:
    using Map = std::map<std::string_view, std::uint64_t>;

    void count(const Failure& failure) {
        const std::lock_guard lock(mutex_);
        ++counts_[failure.reason];  // static text: no more of them than the program has
    }
    [[nodiscard]] Map all() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

  private:
    mutable std::mutex mutex_;
    Map counts_;
};

}  // namespace shoal::tracker
