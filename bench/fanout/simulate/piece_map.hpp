#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "bench/fanout/simulate/random.hpp"

namespace shoal::simulate {

/// Which host has which piece, which it has or is being sent, and how rare each is to it.
class PieceMap {
  public:
    /// How rare a piece is among a host's neighbours takes a byte a host and piece, and one access for each
    /// HAVE; above so many of them all hosts use the number of copies in the swarm instead, which in a random
    /// graph is nearly the same order.
    static constexpr std::uint64_t kLargestLocal = 16'000'000;

    PieceMap(std::uint32_t hosts, std::uint32_t pieces)
        : pieces_(pieces),
          words_((pieces + 63) / 64),
          have_(std::uint64_t{hosts} * words_),
          taken_(std::uint64_t{hosts} * words_),
          copies_(pieces) {
        if (std::uint64_t{hosts} * pieces <= kLargestLocal) local_.resize(std::uint64_t{hosts} * pieces);
    }

    [[nodiscard]] bool local() const { return !local_.empty(); }
    [[nodiscard]] bool has(std::uint32_t host, std::uint32_t piece) const {
        return (have_[place(host, piece)] & bit(piece)) != 0;
    }
    /// It has the piece, or is being sent it.
    [[nodiscard]] bool taken(std::uint32_t host, std::uint32_t piece) const {
        return (taken_[place(host, piece)] & bit(piece)) != 0;
    }
    void take(std::uint32_t host, std::uint32_t piece) { taken_[place(host, piece)] |= bit(piece); }
    void give_up(std::uint32_t host, std::uint32_t piece) { taken_[place(host, piece)] &= ~bit(piece); }
    void add(std::uint32_t host, std::uint32_t piece) {
        have_[place(host, piece)] |= bit(piece);
        taken_[place(host, piece)] |= bit(piece);
        ++copies_[piece];
    }
    /// A neighbour of `host` got it.
    void seen(std::uint32_t host, std::uint32_t piece) {
        std::uint8_t& count = local_[std::uint64_t{host} * pieces_ + piece];
        if (count < std::numeric_limits<std::uint8_t>::max()) ++count;
    }

    /// The rarest piece that `from` has and that `to` neither has nor is being sent; of equals, one at
    /// random.
    std::optional<std::uint32_t> rarest(std::uint32_t from, std::uint32_t to, Random& random) const {
        return local() ? rarest_by(&local_[std::uint64_t{to} * pieces_], from, to, random)
                       : rarest_by(copies_.data(), from, to, random);
    }

  private:
    template <typename Count>
    std::optional<std::uint32_t> rarest_by(const Count* counts, std::uint32_t from, std::uint32_t to,
                                           Random& random) const {
        const std::uint64_t* const theirs = &have_[std::uint64_t{from} * words_];
        const std::uint64_t* const mine = &taken_[std::uint64_t{to} * words_];
        std::optional<std::uint32_t> best;
        Count best_count = 0;
        std::uint32_t equals = 0;
        for (std::uint32_t word = 0; word < words_; ++word) {
            for (std::uint64_t left = theirs[word] & ~mine[word]; left != 0; left &= left - 1) {
                const std::uint32_t piece = word * 64 + static_cast<std::uint32_t>(std::countr_zero(left));
                const Count count = counts[piece];
                if (!best || count < best_count) {
                    best = piece;
                    best_count = count;
                    equals = 1;
                } else if (count == best_count && random.below(++equals) == 0) {
                    best = piece;
                }
            }
        }
        return best;
    }
    [[nodiscard]] std::size_t place(std::uint32_t host, std::uint32_t piece) const {
        return std::uint64_t{host} * words_ + piece / 64;
    }
    static std::uint64_t bit(std::uint32_t piece) { return std::uint64_t{1} << (piece % 64); }

    std::uint32_t pieces_;
    std::uint32_t words_;
    std::vector<std::uint64_t> have_;
    std::vector<std::uint64_t> taken_;
    std::vector<std::uint32_t> copies_;
    std::vector<std::uint8_t> local_;
};

}  // namespace shoal::simulate
