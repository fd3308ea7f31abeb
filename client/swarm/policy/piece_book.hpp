#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// What an origin believes about each piece, and which it hands out next.
class PieceBook {
  public:
    /// @param seed  of the order in which pieces are handed out
    PieceBook(std::uint32_t pieces, std::uint64_t seed);

    /// @param proven  by the peer that was sent the whole piece, or of a piece that was safe already
    void claimed(PieceIndex piece, bool proven);
    /// One claim less; with the last one the piece is fresh again.
    void unclaimed(PieceIndex piece, bool proven);
    void handed_out(PieceIndex piece) { ++entries_[piece].handed_out; }
    void taken_back(PieceIndex piece);

    [[nodiscard]] bool safe(PieceIndex piece) const;
    [[nodiscard]] std::uint32_t safe_count() const { return safe_count_; }
    [[nodiscard]] bool all_safe() const { return safe_count_ == entries_.size(); }
    [[nodiscard]] bool is_handed_out(PieceIndex piece) const { return entries_[piece].handed_out != 0; }
    [[nodiscard]] bool is_repeated(PieceIndex piece) const { return entries_[piece].handed_out > 1; }
    /// Nobody claims it and nobody was given it.
    [[nodiscard]] bool fresh(PieceIndex piece) const;

    /// The next piece for a peer that lacks it: fresh ones that are this origin's own, then other origins'
    /// fresh ones, then those that one peer claims without proof. Looks at a bounded number of the last kind.
    std::optional<PieceIndex> next(const std::function<bool(PieceIndex)>& peer_has);
    /// Whether next() could find something for some peer.
    [[nodiscard]] bool any_left();
    /// The origins changed.
    void divide(const std::function<bool(PieceIndex)>& own);

  private:
    struct Entry {
        std::uint16_t claims = 0;  ///< saturates
        std::uint16_t handed_out = 0;
        std::uint16_t proofs = 0;  ///< claims that are proven
        bool own = true;
    };

    [[nodiscard]] bool doubtful(PieceIndex piece) const;
    void line_up(PieceIndex piece);
    /// Drops what no longer belongs at the front.
    void trim();

    std::vector<Entry> entries_;
    std::vector<PieceIndex> order_;
    std::deque<PieceIndex> own_;
    std::deque<PieceIndex> others_;
    std::deque<PieceIndex> doubtful_;
    std::uint32_t safe_count_ = 0;
};

}  // namespace shoal::policy
