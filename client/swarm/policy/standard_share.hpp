#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// What a rationing origin gives to standard peers: their share of its upload, in turns. Served all at once,
/// six of them each need six times as long for a piece, and nobody can pass on a part of one. So one of them
/// may ask at a time, until it was sent a piece's worth. Measured: docs/measurements/2026-11-28-clients.md.
///
/// Nothing is limited until limit() says so, and from unlimit() on.
class StandardShare {
  public:
    struct Change {
        PeerId peer;
        bool may_ask;
        bool operator==(const Change&) const = default;
    };

    explicit StandardShare(std::uint32_t piece_size)
        : piece_size_(piece_size),
          burst_(std::max<std::int64_t>(std::int64_t{4} * piece_size, 1 << 20)),
          left_(burst_) {}

    void joined(PeerId peer, TimePoint now);
    void left(PeerId peer, TimePoint now);
    /// It has everything and needs no turn.
    void complete(PeerId peer, TimePoint now);
    [[nodiscard]] std::size_t size() const { return peers_.size(); }

    void limit(TimePoint now);
    void unlimit();
    /// Bytes that they may have on top.
    void earned(std::int64_t bytes, TimePoint now);
    void sent(PeerId peer, std::int64_t bytes, TimePoint now);
    /// @return whether its request is to be served
    bool asks(PeerId peer, TimePoint now);
    /// About once a second: ends the turn of a peer that asks for nothing.
    void tick(TimePoint now);

    /// Who may ask since the last call, or no longer, in order.
    [[nodiscard]] std::vector<Change> take_changes();

  private:
    struct Peer {
        bool may_ask = true;
        bool complete = false;
        std::uint64_t turn = 0;         ///< the number of its last one
        std::int64_t sent_in_turn = 0;  ///< bytes
        TimePoint active{};             ///< its turn's begin, its last request or block
        TimePoint rests_until{};        ///< it had a turn and asked for nothing
    };

    void set(PeerId id, Peer& peer, bool may_ask);
    /// If it is nobody's turn.
    void begin_turn(TimePoint now);
    /// To who had none for the longest time, or to nobody.
    void pass_turn(TimePoint now);

    std::uint32_t piece_size_;
    std::int64_t burst_;  ///< bytes
    std::int64_t left_;   ///< bytes that they may have now
    bool limited_ = false;
    bool spent_ = false;
    std::uint64_t turns_ = 0;
    std::optional<PeerId> holder_;  ///< whose turn it is
    std::unordered_map<PeerId, Peer> peers_;
    std::vector<Change> changes_;
};

}  // namespace shoal::policy
