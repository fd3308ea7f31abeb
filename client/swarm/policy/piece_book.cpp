#include "client/swarm/policy/piece_book.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

namespace shoal::policy {
namespace {

constexpr std::uint16_t kMostClaims = std::numeric_limits<std::uint16_t>::max();
// Bounds the work of one hand-out where a peer claims a great many pieces falsely.
constexpr std::size_t kLookAhead = 16;

}  // namespace

PieceBook::PieceBook(std::uint32_t pieces, std::uint64_t seed) : entries_(pieces), order_(pieces) {
    std::iota(order_.begin(), order_.end(), 0U);
    std::mt19937_64 random(seed);
    std::shuffle(order_.begin(), order_.end(), random);
    own_.assign(order_.begin(), order_.end());
}

bool PieceBook::safe(PieceIndex piece) const {
    const Entry& entry = entries_[piece];
    return entry.claims >= 2 || entry.proofs >= 1;
}

bool PieceBook::fresh(PieceIndex piece) const {
    return entries_[piece].claims == 0 && entries_[piece].handed_out == 0;
}

bool PieceBook::doubtful(PieceIndex piece) const {
    const Entry& entry = entries_[piece];
    return entry.claims == 1 && entry.proofs == 0 && entry.handed_out == 0;
}

void PieceBook::line_up(PieceIndex piece) {
    if (fresh(piece)) {
        // In front: the swarm had it, or somebody was to have it, longest ago.
        (entries_[piece].own ? own_ : others_).push_front(piece);
    } else if (doubtful(piece)) {
        doubtful_.push_back(piece);
    }
}

void PieceBook::claimed(PieceIndex piece, bool proven) {
    const bool was_safe = safe(piece);
    Entry& entry = entries_[piece];
    if (entry.claims < kMostClaims) ++entry.claims;
    if (proven && entry.proofs < kMostClaims) ++entry.proofs;
    if (!was_safe && safe(piece)) ++safe_count_;
    line_up(piece);
}

void PieceBook::unclaimed(PieceIndex piece, bool proven) {
    const bool was_safe = safe(piece);
    Entry& entry = entries_[piece];
    if (entry.claims > 0 && entry.claims < kMostClaims) --entry.claims;
    if (proven && entry.proofs > 0 && entry.proofs < kMostClaims) --entry.proofs;
    if (was_safe && !safe(piece)) --safe_count_;
    line_up(piece);
}

void PieceBook::taken_back(PieceIndex piece) {
    Entry& entry = entries_[piece];
    if (entry.handed_out > 0) --entry.handed_out;
    line_up(piece);
}

void PieceBook::trim() {
    while (!own_.empty() && !fresh(own_.front())) own_.pop_front();
    while (!others_.empty() && !fresh(others_.front())) others_.pop_front();
    while (!doubtful_.empty() && !doubtful(doubtful_.front())) doubtful_.pop_front();
}

bool PieceBook::any_left() {
    trim();
    return !own_.empty() || !others_.empty() || !doubtful_.empty();
}

std::optional<PieceIndex> PieceBook::next(const std::function<bool(PieceIndex)>& peer_has) {
    trim();
    for (auto* line : {&own_, &others_}) {
        if (line->empty()) continue;
        // Nobody has a fresh piece, so this peer lacks it.
        const PieceIndex piece = line->front();
        line->pop_front();
        return piece;
    }
    const std::size_t depth = std::min(doubtful_.size(), kLookAhead);
    for (std::size_t n = 0; n < depth; ++n) {
        const PieceIndex piece = doubtful_.front();
        doubtful_.pop_front();
        if (!doubtful(piece)) continue;
        if (!peer_has(piece)) return piece;
        doubtful_.push_back(piece);
    }
    return std::nullopt;
}

void PieceBook::divide(const std::function<bool(PieceIndex)>& own) {
    own_.clear();
    others_.clear();
    for (const PieceIndex piece : order_) {
        entries_[piece].own = own(piece);
        if (fresh(piece)) (entries_[piece].own ? own_ : others_).push_back(piece);
    }
}

}  // namespace shoal::policy
