#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "torrentgen/hashing/aligned_buffer.hpp"
#include "torrentgen/hashing/hash_job.hpp"
#include "torrentgen/hashing/kernel_choice.hpp"
#include "torrentgen/hashing/lane_hasher.hpp"

namespace shoal::hashing {

/// One hashing thread: reads a step of each of its pieces, hashes the step in lanes while it is in the core's
/// cache, goes on. Another thread's hashing overlaps this one's reading.
class HashWorker {
  public:
    explicit HashWorker(HashJob& job);
    void run();

  private:
    using Pointers = std::array<const std::byte*, kMaxLanes>;

    /// How many pieces to take of `available` ones.
    [[nodiscard]] std::size_t wanted(std::size_t available) const;
    void hash_group(const Group& group);
    void prepare(const Group& group);
    /// Fills the lanes with bytes `done` to `done + part` of their pieces.
    void read_step(const Group& group, std::size_t step, std::size_t done, std::size_t part, Pointers& lanes);
    /// The leaves of the pieces' trees that lie in this step. Steps start on a block's edge.
    void hash_blocks(const Group& group, const Pointers& lanes, std::size_t done, std::size_t part);
    void make_piece_roots(const Group& group);
    const std::byte* zeros();

    HashJob& job_;
    const KernelChoice& sha1_;
    const KernelChoice& sha256_;
    AlignedBuffer buffer_;
    std::unique_ptr<std::byte[]> zeros_;
    std::vector<std::unique_ptr<ContentReader>> readers_;  // one a lane: each walks its own piece
    std::vector<std::size_t> data_bytes_;                  // of each piece, to be read
    std::vector<std::vector<Sha256Digest>> leaves_;
    std::vector<Message> messages_;
    std::vector<Sha256Digest> digests_;
};

}  // namespace shoal::hashing
