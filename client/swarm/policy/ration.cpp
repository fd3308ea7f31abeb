#include "client/swarm/policy/ration.hpp"

#include <utility>

#include "client/swarm/policy/ration_state.hpp"

namespace shoal::policy {
namespace {

// A peer that asks for more than this many times a piece's size is not downloading it.
constexpr std::uint64_t kMostTimesSent = 2;

}  // namespace

void Ration::State::join(PeerId id, Kind kind, std::uint32_t group, TimePoint now) {
    const bool standard = kind == Kind::kStandard;
    roster_.add(id, standard, group, layout_.pieces);
    if (standard) {
        share_.joined(id, now);
    } else {
        ++shoal_;
    }
    if (released && !standard) actions.push_back({Action::What::kRelease, id});
    go_on(now);
}

void Ration::State::leave(PeerId id, TimePoint now) {
    Peer* const peer = roster_.find(id);
    if (peer == nullptr) return;
    while (!peer->hand_outs.empty()) drop(*peer, peer->hand_outs.back().piece);
    if (!peer->silent) unclaim_all(*peer);
    if (peer->standard) {
        share_.left(id, now);
    } else {
        --shoal_;
    }
    if (origins_.forget(id)) book_.divide([this](PieceIndex piece) { return origins_.owns(piece); });
    roster_.remove(id);
    // What was queued for it must not reach whoever comes next.
    actions.erase(
        std::remove_if(actions.begin(), actions.end(), [&](const Action& a) { return a.peer == id; }),
        actions.end());
    go_on(now);
}

void Ration::State::has(PeerId id, std::span<const PieceIndex> pieces, TimePoint now) {
    Peer* const peer = roster_.find(id);
    if (released || peer == nullptr || pieces.empty()) return;
    heard_have(*peer, now);
    for (const PieceIndex piece : pieces) learn(*peer, piece, now);
    go_on(now);
}

void Ration::State::has_all(PeerId id, TimePoint now) {
    Peer* const peer = roster_.find(id);
    if (released || peer == nullptr) return;
    heard_have(*peer, now);
    for (PieceIndex piece = 0; piece < layout_.pieces; ++piece) learn(*peer, piece, now);
    go_on(now);
}

void Ration::State::lost(PeerId id, PieceIndex piece, TimePoint now) {
    Peer* const peer = roster_.find(id);
    if (peer == nullptr || piece >= layout_.pieces || !peer->has[piece]) return;
    heard(*peer, now);
    peer->has[piece] = false;
    --peer->has_count;
    book_.unclaimed(piece, peer->proven[piece]);
    roster_.reorder(*peer);
    go_on(now);
}

Ration::Answer Ration::State::request(PeerId id, PieceIndex piece, TimePoint now) {
    Peer* const peer = roster_.find(id);
    if (released || peer == nullptr || piece >= layout_.pieces) return Answer::kYes;
    heard(*peer, now);
    HandOut* out = peer->find(piece);
    if (!peer->standard) {
        if (out == nullptr) return Answer::kNo;
        // The first request is progress, more are not: else asking without reading would hold the place.
        if (!std::exchange(out->asked, true)) progressed(*peer, now);
        return Answer::kYes;
    }
    if (!share_.asks(id, now)) return Answer::kNo;
    if (out == nullptr && book_.fresh(piece)) hand_out(*peer, piece, now);
    return Answer::kYes;
}

void Ration::State::sent(PeerId id, PieceIndex piece, std::uint32_t bytes, TimePoint now) {
    bytes_sent_ += bytes;
    Peer* const peer = roster_.find(id);
    if (peer == nullptr || piece >= layout_.pieces) return;
    if (!released && peer->standard) {
        share_.sent(id, bytes, now);
    } else if (!released) {
        share_.earned(static_cast<std::int64_t>(bytes * share_.size() / shoal_), now);
    }
    tell_standard();
    HandOut* const out = peer->find(piece);
    if (out == nullptr) return;
    const std::uint32_t size = layout_.size_of(piece);
    const bool was_waiting = out->bytes_sent < size;
    out->bytes_sent += bytes;
    progressed(*peer, now);
    if (peer->standard) return;
    if (was_waiting && out->bytes_sent >= size) --waiting_;
    if (out->bytes_sent > kMostTimesSent * size) {
        take_back(*peer, piece, now);
        go_on(now);
    } else if (waiting_ == 0) {
        release_when_done();
    }
}

void Ration::State::report(PeerId id, std::vector<OriginId> others, TimePoint now) {
    if (roster_.find(id) == nullptr || !origins_.report(id, std::move(others))) return;
    book_.divide([this](PieceIndex piece) { return origins_.owns(piece); });
    go_on(now);
}

Ration::Status Ration::State::status() const {
    return {window(),    handed_out_, released ? layout_.pieces : book_.safe_count(),
            taken_back_, bytes_sent_, static_cast<std::uint32_t>(origins_.count()),
            released};
}

Ration::Ration(Layout layout, OriginId self, std::uint64_t seed, RationOptions options)
    : state_(std::make_unique<State>(layout, self, seed, options)) {}
Ration::~Ration() = default;

void Ration::peer_joined(PeerId peer, Kind kind, std::uint32_t group, TimePoint now) {
    state_->join(peer, kind, group, now);
}
void Ration::peer_left(PeerId peer, TimePoint now) {
    state_->leave(peer, now);
}
void Ration::peer_has(PeerId peer, PieceIndex piece, TimePoint now) {
    state_->has(peer, {&piece, 1}, now);
}
void Ration::peer_has(PeerId peer, std::span<const PieceIndex> pieces, TimePoint now) {
    state_->has(peer, pieces, now);
}
void Ration::peer_has_all(PeerId peer, TimePoint now) {
    state_->has_all(peer, now);
}
void Ration::peer_lost(PeerId peer, PieceIndex piece, TimePoint now) {
    state_->lost(peer, piece, now);
}
Ration::Answer Ration::request(PeerId peer, PieceIndex piece, TimePoint now) {
    return state_->request(peer, piece, now);
}
void Ration::sent(PeerId peer, PieceIndex piece, std::uint32_t bytes, TimePoint now) {
    state_->sent(peer, piece, bytes, now);
}
void Ration::origins_reported(PeerId peer, std::vector<OriginId> others, TimePoint now) {
    state_->report(peer, std::move(others), now);
}
void Ration::tick(TimePoint now) {
    state_->tick(now);
}
std::vector<Ration::Action> Ration::take_actions() {
    return std::exchange(state_->actions, {});
}
bool Ration::released() const {
    return state_->released;
}
Ration::Status Ration::status() const {
    return state_->status();
}

}  // namespace shoal::policy
