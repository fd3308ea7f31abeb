#include "tracker/access/rate_limiter.hpp"

#include <algorithm>
#include <functional>

namespace shoal::tracker {

bool RateLimiter::admit(const IpAddress& address, std::uint64_t now) {
    const std::uint64_t owner = std::hash<IpAddress>{}(address) | 1;  // 0 is nobody
    const std::size_t place = (owner >> 1) % kBuckets;
    const std::uint64_t full = std::uint64_t{per_second_} * 2 * 1000;
    const std::lock_guard lock(locks_[place % kLocks]);
    Bucket& bucket = buckets_[place];
    if (bucket.owner != owner) {
        bucket = {owner, now, full};
    } else if (now > bucket.refilled) {
        bucket.millitokens = std::min(full, bucket.millitokens + (now - bucket.refilled) * per_second_);
        bucket.refilled = now;
    }
    if (bucket.millitokens < 1000) return false;
    bucket.millitokens -= 1000;
    return true;
}

}  // namespace shoal::tracker
