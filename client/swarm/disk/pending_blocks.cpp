#include "client/swarm/disk/pending_blocks.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace shoal::client::disk {

void PendingBlocks::remove(std::int64_t offset, const char* block) {
    const auto found = blocks_.find(offset);
    if (found != blocks_.end() && found->second.data() == block) blocks_.erase(found);
}

PendingBlocks::Coverage PendingBlocks::read(std::int64_t offset, std::span<char> out) const {
    if (blocks_.empty()) return Coverage::kNone;
    const std::int64_t end = offset + static_cast<std::int64_t>(out.size());
    auto block = blocks_.upper_bound(offset);
    if (block != blocks_.begin()) --block;
    std::size_t copied = 0;
    for (; block != blocks_.end() && block->first < end; ++block) {
        const std::int64_t from = std::max(offset, block->first);
        const std::int64_t to = std::min(end, block->first + static_cast<std::int64_t>(block->second.size()));
        if (from >= to) continue;
        const auto bytes = static_cast<std::size_t>(to - from);
        std::memcpy(out.data() + (from - offset), block->second.data() + (from - block->first), bytes);
        copied += bytes;
    }
    if (copied == out.size()) return Coverage::kAll;
    return copied == 0 ? Coverage::kNone : Coverage::kSome;
}

}  // namespace shoal::client::disk
