#include "torrentgen/hashing/lane_hasher.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace shoal::hashing {
namespace {

/// The end of a message with its padding (FIPS 180-4, 5.1.1): a 1 bit, zeros, the length in bits.
struct Tail {
    std::array<std::byte, 2 * kCompressBytes> bytes;
    std::size_t blocks;
};

void make_tail(Tail& tail, const std::byte* rest, std::size_t rest_bytes, std::uint64_t total_bytes) {
    tail.bytes.fill(std::byte{0});
    if (rest_bytes != 0) std::memcpy(tail.bytes.data(), rest, rest_bytes);
    tail.bytes[rest_bytes] = std::byte{0x80};
    tail.blocks = rest_bytes < kCompressBytes - 8 ? 1 : 2;
    const std::uint64_t bits = total_bytes * 8;
    for (unsigned i = 0; i < 8; ++i) {
        tail.bytes[tail.blocks * kCompressBytes - 1 - i] = static_cast<std::byte>(bits >> (8 * i));
    }
}

void write_digest(const LaneKernel& kernel, const std::uint32_t* states, unsigned lane, std::uint8_t* out) {
    for (std::size_t word = 0; word < state_words(kernel.algorithm); ++word) {
        const std::uint32_t value = states[word * kernel.lanes + lane];
        for (unsigned shift : {24u, 16u, 8u, 0u}) *out++ = static_cast<std::uint8_t>(value >> shift);
    }
}

void reset_lane(const LaneKernel& kernel, std::uint32_t* states, unsigned lane) {
    const std::uint32_t* initial = initial_state(kernel.algorithm);
    for (std::size_t word = 0; word < state_words(kernel.algorithm); ++word) {
        states[word * kernel.lanes + lane] = initial[word];
    }
}

/// What a lane is busy with in hash_messages: the whole blocks of its message, then the tail.
struct Lane {
    bool busy = false;
    const std::byte* next = nullptr;
    std::size_t blocks = 0;  // left in the current part
    bool in_tail = false;
    std::size_t message = 0;
    Tail tail;
};

}  // namespace

void LaneHasher::start(unsigned messages) {
    messages_ = messages;
    total_ = 0;
    for (unsigned lane = 0; lane < kernel_->lanes; ++lane) reset_lane(*kernel_, states_.data(), lane);
}

void LaneHasher::compress(std::span<const std::byte* const> data, std::size_t offset, std::size_t blocks) {
    std::array<const std::byte*, kMaxLanes> pointers{};
    for (unsigned lane = 0; lane < kernel_->lanes; ++lane) {
        pointers[lane] = data[lane < messages_ ? lane : 0] + offset;
    }
    kernel_->compress(states_.data(), pointers.data(), blocks);
}

void LaneHasher::update(std::span<const std::byte* const> data, std::size_t bytes) {
    if (bytes == 0) return;
    total_ += bytes;
    compress(data, 0, bytes / kCompressBytes);
}

void LaneHasher::finish(std::span<const std::byte* const> data, std::size_t bytes, std::uint8_t* digests) {
    const std::size_t whole = bytes / kCompressBytes * kCompressBytes;
    update(data, whole);
    total_ += bytes - whole;
    std::array<Tail, kMaxLanes> tails;
    std::array<const std::byte*, kMaxLanes> pointers{};
    for (unsigned message = 0; message < messages_; ++message) {
        make_tail(tails[message], bytes == whole ? nullptr : data[message] + whole, bytes - whole, total_);
        pointers[message] = tails[message].bytes.data();
    }
    compress(std::span(pointers).first(messages_), 0, tails[0].blocks);
    for (unsigned message = 0; message < messages_; ++message) {
        write_digest(*kernel_, states_.data(), message, digests + message * digest_bytes(kernel_->algorithm));
    }
}

void hash_messages(const LaneKernel& kernel, std::span<const Message> messages, std::uint8_t* digests) {
    std::array<Lane, kMaxLanes> lanes;
    alignas(64) std::array<std::uint32_t, 8 * kMaxLanes> states{};
    std::size_t taken = 0;
    const auto load = [&](unsigned index) {
        Lane& lane = lanes[index];
        lane.busy = taken < messages.size();
        if (!lane.busy) return;
        const Message& message = messages[taken];
        lane.message = taken++;
        lane.next = message.data;
        lane.blocks = message.size / kCompressBytes;
        lane.in_tail = false;
        reset_lane(kernel, states.data(), index);
    };
    // Moves on where the current part is used up; a message shorter than 64 bytes has only a tail.
    const auto advance = [&](unsigned index) {
        Lane& lane = lanes[index];
        while (lane.busy && lane.blocks == 0) {
            if (lane.in_tail) {
                write_digest(kernel, states.data(), index,
                             digests + lane.message * digest_bytes(kernel.algorithm));
                load(index);
            } else {
                const std::size_t size = messages[lane.message].size;
                make_tail(lane.tail, lane.next, size % kCompressBytes, size);
                lane.next = lane.tail.bytes.data();
                lane.blocks = lane.tail.blocks;
                lane.in_tail = true;
            }
        }
    };
    for (unsigned index = 0; index < kernel.lanes; ++index) {
        load(index);
        advance(index);
    }
    while (true) {
        constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
        std::size_t blocks = kNone;
        const std::byte* idle = nullptr;
        for (unsigned index = 0; index < kernel.lanes; ++index) {
            if (!lanes[index].busy || lanes[index].blocks >= blocks) continue;
            blocks = lanes[index].blocks;
            idle = lanes[index].next;
        }
        if (blocks == kNone) return;
        std::array<const std::byte*, kMaxLanes> pointers{};
        for (unsigned index = 0; index < kernel.lanes; ++index) {
            pointers[index] = lanes[index].busy ? lanes[index].next : idle;
        }
        kernel.compress(states.data(), pointers.data(), blocks);
        for (unsigned index = 0; index < kernel.lanes; ++index) {
            if (!lanes[index].busy) continue;
            lanes[index].next += blocks * kCompressBytes;
            lanes[index].blocks -= blocks;
            advance(index);
        }
    }
}

}  // namespace shoal::hashing
