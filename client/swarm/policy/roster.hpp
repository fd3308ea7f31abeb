#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "client/swarm/policy/pulse.hpp"
#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// A piece that a peer was shown, or, of a standard peer, asked for.
struct HandOut {
    PieceIndex piece = 0;
    TimePoint at{};
    std::uint64_t finished_then = 0;  ///< pieces that this origin's peers had finished at `at`
    std::uint64_t bytes_sent = 0;
    bool asked = false;
};

/// The peers of a rationing origin, in the order in which they are served.
class Roster {
  public:
    struct Peer {
        PeerId id = 0;
        bool standard = false;
        std::uint32_t group = 0;
        std::vector<bool> has;
        std::uint32_t has_count = 0;
        std::vector<bool> proven;  ///< of what it has: sent to it whole
        std::vector<HandOut> hand_outs;
        std::uint32_t finished = 0;       ///< pieces handed out to it that it finished
        double usual_seconds = 0;         ///< from hand-out to HAVE, smoothed; 0 until the first
        TimePoint progress{};             ///< first request or a block, of any hand-out
        std::uint64_t finished_then = 0;  ///< as in HandOut, at `progress`
        std::uint32_t stalls = 0;         ///< in a row
        std::optional<TimePoint> rests_until;
        bool slow = false;
        Pulse pulse;
        bool silent = false;  ///< it stopped: served nothing, and nothing counts as safe for its sake

        [[nodiscard]] HandOut* find(PieceIndex piece);
    };

    Peer& add(PeerId id, bool standard, std::uint32_t group, std::uint32_t pieces);
    void remove(PeerId id);
    [[nodiscard]] Peer* find(PeerId id);
    [[nodiscard]] std::unordered_map<PeerId, Peer>& all() { return peers_; }

    /// After anything that the order depends on changed: hand-outs, slow, silent, rest, has_count.
    void reorder(Peer& peer);
    /// It was handed a piece, or is done with one: it goes behind its equals.
    void served(Peer& peer);
    /// Who is next: least loaded (a slow peer counts one more), then of the least loaded group, then longest
    /// unserved.
    /// @param most  hand-outs a peer may have; one that has never finished a piece may have one
    [[nodiscard]] Peer* next(std::uint32_t most);
    /// Like next(), skipping peers that `refused` holds.
    [[nodiscard]] Peer* next(std::uint32_t most, const std::set<PeerId>& refused);

    /// Shoal peers that lack pieces, do not rest and are not silent.
    [[nodiscard]] std::size_t eligible() const { return keys_.size(); }

  private:
    using Key = std::tuple<std::uint32_t, std::uint64_t, PeerId>;  ///< load, turn, id
    struct Group {
        std::uint32_t handed_out = 0;
        std::set<Key> peers;
    };
    struct Place {
        std::uint64_t turn = 0;
        std::uint32_t counted = 0;  ///< hand-outs that its group's sum holds
    };

    std::unordered_map<PeerId, Peer> peers_;
    std::unordered_map<PeerId, Key> keys_;
    std::unordered_map<PeerId, Place> places_;
    std::map<std::uint32_t, Group> groups_;
    std::uint64_t turn_ = 0;
};

}  // namespace shoal::policy
