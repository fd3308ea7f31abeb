#pragma once

#include <array>
#include <cstdint>

namespace shoal::tracker {

/// The size of a torrent that nobody registered, from what its peers say is left before their downloads
/// begin.
///
/// Peers that begin with nothing agree on it to the byte; what others say is smaller, or wrong. What most say
/// counts, and of equally many the largest number. An outlier never does: a client without metadata may say
/// anything.
class SizeEstimate {
  public:
    /// @param left  bytes; 0 is a seed's, which says nothing about the size
    void add(std::uint64_t left);
    /// The peer that said so went before its download began, or has another number now. With the last one's
    /// the estimate itself is kept.
    /// @param left  what add() was told
    void withdraw(std::uint64_t left);
    /// What an earlier run of the tracker had come to; one that no torrent can have is passed over.
    void restore(std::uint64_t bytes);
    /// 0: not known.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  private:
    struct Claim {
        std::uint64_t bytes = 0;
        std::uint32_t peers = 0;  ///< that say so; 0: none, the place may be used again
    };

    using Claims = std::array<Claim, 5>;

    [[nodiscard]] Claims::iterator find(std::uint64_t left);
    void decide();

    Claims claims_{};
    std::uint64_t bytes_ = 0;
};

}  // namespace shoal::tracker
