#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "torrentgen/hashing/algorithm.hpp"
#include "torrentgen/hashing/content.hpp"

namespace shoal::hashing {

class KernelChoice;

struct HashOptions {
    std::uint32_t piece_size = 0;  ///< bytes; with `sha256` a power of two and at least kBlockBytes
    bool sha1 = true;              ///< of every piece, padding included (v1)
    /// Merkle roots (v2). The content must be aligned: each file that is not empty starts on a piece's edge,
    /// with padding before it.
    bool sha256 = false;
    unsigned threads = 0;  ///< 0: as many as this process may run on
    OnUnreadable on_unreadable = OnUnreadable::kThrow;
    const KernelChoice* sha1_kernels = nullptr;  ///< null: KernelChoice::measured
    const KernelChoice* sha256_kernels = nullptr;
};

struct PieceHashes {
    std::vector<Sha1Digest> sha1;
    /// Of each piece, over the blocks of its file. A file of one piece has its root here: the tree is only as
    /// wide as its blocks need.
    std::vector<Sha256Digest> sha256;
    std::vector<bool> unreadable;  ///< pieces with bytes that were not there (OnUnreadable::kMark)
};

/// Called about ten times a second on the calling thread with the bytes hashed so far, padding included;
/// returning false ends the work with Error (kInterrupted).
using HashProgress = std::function<bool(std::uint64_t bytes_done)>;

/// Reads all of the content once and hashes every piece. Memory: at most 1 MiB a thread, and the
/// result.
PieceHashes hash_pieces(const Content& content, const HashOptions& options, const HashProgress& progress);

/// What `threads = 0` stands for: the processors that this process may run on.
unsigned default_threads();

}  // namespace shoal::hashing
