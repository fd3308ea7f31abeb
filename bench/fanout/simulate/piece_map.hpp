#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

namespace shoal::simulate {

/// Which host has which piece, which it has asked for, and how rare each is to it.
class PieceMap {
  public:
    /// How rare a piece is among a host's neighbours takes a byte a host and piece; above kLargestLocal of
    /// them all hosts use the number of copies in the swarm instead, which in a random graph is nearly the
    /// same order.
    static constexpr std::uint64_t kLargestLocal = 64'000'000;

    PieceMap(std::uint32_t hosts, std::uint32_t pieces)
        : pieces_(pieces),
          words_((pieces + 63) / 64),
          have_(std::uint64_t{hosts} * words_),
          asked_(std::uint64_t{hosts} * words_),
          copies_(pieces) {
        if (std::uint64_t{hosts} * pieces <= kLargestLocal) local_.resize(std::uint64_t{hosts} * pieces);
    }

    [[nodiscard]] bool local() const { return !local_.empty(); }
    [[nodiscard]] bool has(std::uint32_t host, std::uint32_t piece) const { return test(have_, host, piece); }
    [[nodiscard]] bool asked(std::uint32_t host, std::uint32_t piece) const {
        return test(asked_, host, piece);
    }
    void set_asked(std::uint32_t host, std::uint32_t piece, bool on) { set(asked_, host, piece, on); }
    void add(std::uint32_t host, std::uint32_t piece) {
        set(have_, host, piece, true);
        ++copies_[piece];
    }
    /// A neighbour of `host` got it.
    void seen(std::uint32_t host, std::uint32_t piece) {
        std::uint8_t& count = local_[std::uint64_t{host} * pieces_ + piece];
        if (count < std::numeric_limits<std::uint8_t>::max()) ++count;
    }

    /// The rarest piece that `from` has and `to` neither has nor asked for; of equals, one at random.
    template <typename Random>
    std::optional<std::uint32_t> rarest(std::uint32_t from, std::uint32_t to, Random& random) const {
        const std::uint64_t* const theirs = &have_[std::uint64_t{from} * words_];
        const std::uint64_t* const mine = &have_[std::uint64_t{to} * words_];
        const std::uint64_t* const asked = &asked_[std::uint64_t{to} * words_];
        std::optional<std::uint32_t> best;
        std::uint32_t best_count = 0;
        std::uint32_t looked_at = 0;
        const auto first = static_cast<std::uint32_t>(random() % words_);
        for (std::uint32_t n = 0; n < words_; ++n) {
            const std::uint32_t word = (first + n) % words_;
            std::uint64_t left = theirs[word] & ~mine[word] & ~asked[word];
            while (left != 0) {
                const std::uint32_t piece = word * 64 + static_cast<std::uint32_t>(std::countr_zero(left));
                left &= left - 1;
                const std::uint32_t count =
                    local() ? local_[std::uint64_t{to} * pieces_ + piece] : copies_[piece];
                if (!best || count < best_count || (count == best_count && (random() & 1) != 0)) {
                    best = piece;
                    best_count = count;
                }
                ++looked_at;
            }
            if (looked_at >= kEnough) break;
        }
        return best;
    }

  private:
    static constexpr std::uint32_t kEnough = 128;

    [[nodiscard]] bool test(const std::vector<std::uint64_t>& bits, std::uint32_t host,
                            std::uint32_t piece) const {
        return (bits[std::uint64_t{host} * words_ + piece / 64] >> (piece % 64) & 1) != 0;
    }
    void set(std::vector<std::uint64_t>& bits, std::uint32_t host, std::uint32_t piece, bool on) {
        std::uint64_t& word = bits[std::uint64_t{host} * words_ + piece / 64];
        const std::uint64_t mask = std::uint64_t{1} << (piece % 64);
        word = on ? word | mask : word & ~mask;
    }

    std::uint32_t pieces_;
    std::uint32_t words_;
    std::vector<std::uint64_t> have_;
    std::vector<std::uint64_t> asked_;
    std::vector<std::uint32_t> copies_;
    std::vector<std::uint8_t> local_;
};

}  // namespace shoal::simulate
