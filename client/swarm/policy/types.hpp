#pragma once

#include <chrono>
#include <cstdint>

/// What the swarm policy speaks of. No sockets, no clock and no libtorrent here: the plugin around a live
/// session and the simulator drive the same code.
namespace shoal::policy {

/// Only ever compared and subtracted; the caller says what time it is.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Chosen by the caller, one a connection, never used again for another.
using PeerId = std::uint32_t;
using PieceIndex = std::uint32_t;
/// A random number that an origin draws when it starts.
using OriginId = std::uint64_t;

/// The part of a manifest that the policy needs.
struct Layout {
    std::uint32_t pieces = 0;
    std::uint32_t piece_size = 0;       ///< bytes
    std::uint32_t last_piece_size = 0;  ///< bytes; 0 means a whole piece

    [[nodiscard]] std::uint32_t size_of(PieceIndex piece) const {
        return piece + 1 == pieces && last_piece_size != 0 ? last_piece_size : piece_size;
    }
};

}  // namespace shoal::policy
