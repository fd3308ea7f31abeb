#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::tracker {

/// A token bucket an address, in a table of fixed size: of two addresses that meet in one place the newer one
/// starts afresh, so a flood of addresses costs no memory and never locks out somebody else.
class RateLimiter {
  public:
    explicit RateLimiter(std::uint32_t per_second) : per_second_(per_second), buckets_(kBuckets) {}

    /// @param now  milliseconds of a steady clock
    bool admit(const IpAddress& address, std::uint64_t now);

  private:
    static constexpr std::size_t kBuckets = 1 << 16;
    static constexpr std::size_t kLocks = 64;

    struct Bucket {
        std::uint64_t owner = 0;
        std::uint64_t refilled = 0;
        std::uint64_t millitokens = 0;
    };

    std::uint32_t per_second_;
    std::vector<Bucket> buckets_;
    std::array<std::mutex, kLocks> locks_;
};

}  // namespace shoal::tracker
