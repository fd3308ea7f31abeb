#pragma once

#include <array>
#include <cstdint>

namespace shoal::tracker {

/// The size of a torrent that nobody registered, from what its peers say is left when they join.
///
/// Peers that begin with nothing agree on it to the byte; what others say is smaller, or wrong. What most say
/// counts, and of equally many the largest number. An outlier never does: a client without metadata may say
/// anything.
class SizeEstimate {
  public:
    /// What a new peer says is left; 0 is a seed's, which says nothing about the size.
    void add(std::uint64_t left);
    /// What a peer says is left when it goes: one that comes and goes again and again counts once. The number
    /// itself is kept.
    void withdraw(std::uint64_t left);
    /// What an earlier run of the tracker had come to.
    void restore(std::uint64_t bytes);
    /// 0: not known.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  private:
    struct Claim {
        std::uint64_t bytes = 0;
        std::uint32_t peers = 0;  ///< 0: a free place
    };

    using Claims = std::array<Claim, 5>;

    [[nodiscard]] Claims::iterator find(std::uint64_t left);
    void decide();

    Claims claims_{};
    std::uint64_t bytes_ = 0;
};

}  // namespace shoal::tracker
