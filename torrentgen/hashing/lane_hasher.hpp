#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "torrentgen/hashing/lane_kernel.hpp"

namespace shoal::hashing {

/// Up to kernel.lanes messages of one common length that arrive in steps: the pieces of v1.
class LaneHasher {
  public:
    explicit LaneHasher(const LaneKernel& kernel) : kernel_(&kernel) {}

    /// @param messages  1 to kernel.lanes; unused lanes repeat the first message
    void start(unsigned messages);
    /// The next `bytes` of every message; a multiple of 64. `data` has one pointer a message.
    void update(std::span<const std::byte* const> data, std::size_t bytes);
    /// The last `bytes` of every message, any number. `digests` receives digest_bytes() a message, in order.
    void finish(std::span<const std::byte* const> data, std::size_t bytes, std::uint8_t* digests);

  private:
    void compress(std::span<const std::byte* const> data, std::size_t offset, std::size_t blocks);

    const LaneKernel* kernel_;
    unsigned messages_ = 0;
    std::uint64_t total_ = 0;  // bytes of each message so far
    alignas(64) std::array<std::uint32_t, 8 * kMaxLanes> states_{};
};

struct Message {
    const std::byte* data = nullptr;
    std::size_t size = 0;
};

/// Hashes any number of messages of any lengths; a lane that is done takes the next message. `digests`
/// receives digest_bytes() a message, in order.
void hash_messages(const LaneKernel& kernel, std::span<const Message> messages, std::uint8_t* digests);

}  // namespace shoal::hashing
