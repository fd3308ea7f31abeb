#pragma once

#include <cstdint>
#include <string>

#include "torrentgen/hashing/piece_hasher.hpp"

namespace shoal::hashing {

struct StreamHashes {
    PieceHashes hashes;
    std::uint64_t size = 0;  ///< bytes read
};

/// Reads `file_descriptor` to its end, as the content of a single file, and hashes it on the way: one thread
/// reads, another one hashes. Memory: 8 MiB, and the result.
/// @param name  of what is read, for messages
/// @param options  threads and on_unreadable do not apply
StreamHashes hash_stream(int file_descriptor, const std::string& name, const HashOptions& options,
                         const HashProgress& progress);

}  // namespace shoal::hashing
