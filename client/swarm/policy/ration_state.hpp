#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "client/swarm/policy/origin_set.hpp"
#include "client/swarm/policy/piece_book.hpp"
#include "client/swarm/policy/ration.hpp"
#include "client/swarm/policy/roster.hpp"
#include "client/swarm/policy/standard_share.hpp"
#include "client/swarm/policy/window.hpp"

namespace shoal::policy {

/// What Ration keeps to itself. Events are in ration.cpp, what follows from them in ration_state.cpp.
class Ration::State {
  public:
    using Peer = Roster::Peer;

    State(Layout layout, OriginId self, std::uint64_t seed, RationOptions options)
        : layout_(layout),
          options_(options),
          book_(layout.pieces, seed),
          window_(layout.pieces),
          origins_(self),
          share_(layout.piece_size) {}

    void join(PeerId id, Kind kind, std::uint32_t group, TimePoint now);
    void leave(PeerId id, TimePoint now);
    void has(PeerId id, std::span<const PieceIndex> pieces, TimePoint now);
    void has_all(PeerId id, TimePoint now);
    void lost(PeerId id, PieceIndex piece, TimePoint now);
    Answer request(PeerId id, PieceIndex piece, TimePoint now);
    void sent(PeerId id, PieceIndex piece, std::uint32_t bytes, TimePoint now);
    void report(PeerId id, std::vector<OriginId> others, TimePoint now);
    void tick(TimePoint now);
    [[nodiscard]] Status status() const;

    std::vector<Action> actions;
    bool released = false;

  private:
    void heard_have(Peer& peer, TimePoint now);
    void heard(Peer& peer, TimePoint now);
    void end_silence(Peer& peer);
    void learn(Peer& peer, PieceIndex piece, TimePoint now);
    void finish(Peer& peer, const HandOut& out, TimePoint now);
    void progressed(Peer& peer, TimePoint now) const {
        peer.progress = now;
        peer.finished_then = finished_;
    }
    void drop(Peer& peer, PieceIndex piece);
    void withdraw(Peer& peer, PieceIndex piece);
    void take_back(Peer& peer, PieceIndex piece, TimePoint now);
    void note_silence(Peer& peer, TimePoint now);
    void unclaim_all(const Peer& peer);
    void hand_out(Peer& peer, PieceIndex piece, TimePoint now);
    void go_on(TimePoint now);
    void hand_out_more(TimePoint now);
    void repeat_overdue(TimePoint now);
    void release_when_done();
    [[nodiscard]] bool stalled(const Peer& peer, const HandOut& out, TimePoint now) const;
    [[nodiscard]] std::uint32_t window() const {
        return options_.window != 0 ? options_.window : window_.size();
    }
    void give_up_when_stuck(TimePoint now);
    void release();
    /// A piece that is sent whole leaves its place: on slow links its HAVE comes seconds later, behind much
    /// else, and the link would idle until then. But peers that never claim anything get no more.
    [[nodiscard]] bool full() const {
        return waiting_ >= window() || handed_out_ >= kMostUnclaimed * window();
    }
    static constexpr std::uint32_t kMostUnclaimed = 3;
    /// What the share decided, as actions.
    void tell_standard();

    Layout layout_;
    RationOptions options_;
    PieceBook book_;
    Roster roster_;
    Window window_;
    OriginSet origins_;
    StandardShare share_;
    std::uint32_t handed_out_ = 0;  ///< to shoal peers
    std::uint32_t waiting_ = 0;     ///< of those, not yet sent whole
    std::uint32_t taken_ = 0;       ///< by standard peers, and not yet claimed
    std::uint64_t finished_ = 0;
    std::uint32_t taken_back_ = 0;
    std::uint64_t haves_ = 0;  ///< heard of shoal peers
    std::uint64_t bytes_sent_ = 0;
    std::array<double, 15> recent_seconds_{};  ///< from hand-out to HAVE, of the last few pieces
    std::uint64_t timed_ = 0;
    double usual_seconds_ = 0;  ///< their median
    std::size_t shoal_ = 0;     ///< peers
    std::uint64_t finished_at_last_tick_ = 0;
    std::optional<TimePoint> stuck_since_;
};

}  // namespace shoal::policy
