#pragma once

#include <cstdint>
#include <functional>
#include <libtorrent/error_code.hpp>
#include <libtorrent/sha1_hash.hpp>
#include <libtorrent/span.hpp>
#include <libtorrent/units.hpp>
#include <memory>
#include <span>

namespace shoal::client::disk {

class Storage;

/// One piece to be read back and hashed.
struct HashJob {
    std::shared_ptr<Storage> storage;
    lt::piece_index_t piece{0};
    std::int64_t offset = 0;           ///< of the piece in the torrent
    std::int64_t v1_bytes = 0;         ///< 0: no SHA-1
    std::int64_t v2_bytes = 0;         ///< 0: no SHA-256; otherwise the piece without its padding
    lt::span<lt::sha256_hash> blocks;  ///< receives the SHA-256 of each block of the v2 bytes
    bool in_order = false;             ///< part of a check of everything: neighbours follow
    lt::sha1_hash digest;              ///< the result, unless there is an error
    lt::storage_error error;
    std::function<void(const HashJob&)> done;  ///< for the network thread

    HashJob() = default;
    HashJob(HashJob&&) = default;
    HashJob& operator=(HashJob&&) = default;
    /// libtorrent's handler, which `done` holds, owns what `blocks` points to: a copy of it would own others.
    HashJob(const HashJob&) = delete;
    HashJob& operator=(const HashJob&) = delete;
    ~HashJob() = default;
};

/// Hashes pieces with the same v1_bytes side by side: at most hashing::kMaxLanes, and where v1_bytes is not 0
/// no more than the lanes of the kernel that is best for so many. Needs 256 KiB.
void hash_side_by_side(std::span<HashJob> jobs);

}  // namespace shoal::client::disk
