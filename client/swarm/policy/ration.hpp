#pragma once

#include <memory>
#include <span>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

struct RationOptions {
    Duration silence = std::chrono::seconds(5);  ///< until a peer's first request for what it was shown
    Duration stall_at_least = std::chrono::seconds(1);
    Duration stall_at_most = std::chrono::seconds(30);  ///< on top of four usual completion times
    Duration rest = std::chrono::seconds(2);            ///< after the first stall; doubles with each
    Duration longest_rest = std::chrono::minutes(1);
    /// Of a peer that may be gone (see Pulse), on top of a usual completion time.
    Duration shortest_silence = std::chrono::seconds(10);
    Duration give_up = std::chrono::minutes(2);  ///< rationing ends when no peer finished a piece for so long
    std::uint32_t window = 0;  ///< pieces handed out and not yet sent whole; 0 adapts (see Window)
};

/// Why one origin and a thousand leechers need this: with a plain seed the leechers ask it for pieces that
/// other leechers have or are being given, and it sends almost two copies before the swarm has one. A
/// rationing origin shows each piece to one leecher only, who passes it on, and becomes a plain seed when the
/// swarm has every piece. This is super-seeding (BEP 16) with a window, a memory and no trust.
///
/// - A piece goes to the least loaded peer, of those to the one that waited longest, and of racks to the
/// least loaded.
/// - It leaves its place free when it is sent, and a HAVE from that peer says that it arrived. What does not
/// progress is taken back (lt_donthave, BEP 54) and its peer rests.
/// - A HAVE is a claim. A piece is safe when the peer that was sent all of it claims it, or two peers do; one
/// claim alone
///   only moves it to the end of the line. A claim ends with its peer, and rests while the peer is silent
///   where others speak.
/// - Standard peers know nothing of this and see a seed. Until the release they get their share by head
/// count, and the
///   piece they ask for counts as handed out.
///
/// Driven by one thread. Costs O(log peers) an event, one bit a peer and piece.
class Ration {
  public:
    enum class Kind { kShoal, kStandard };

    struct Action {
        enum class What {
            kOffer,     ///< send HAVE
            kWithdraw,  ///< send lt_donthave and drop what is queued
            kRelease,   ///< send HAVE_ALL
            kChoke,     ///< a standard peer had its share for now
            kUnchoke    ///< and may ask again
        };
        What what;
        PeerId peer;
        PieceIndex piece = 0;
        bool operator==(const Action&) const = default;
    };

    /// Whether a request may be served. A standard peer is to be choked on kNo, a shoal peer sent a REJECT
    /// (BEP 6).
    enum class Answer { kYes, kNo };

    struct Status {
        std::uint32_t window = 0;
        std::uint32_t handed_out = 0;  ///< pieces shown to a shoal peer and not yet claimed
        std::uint32_t safe = 0;        ///< pieces that the swarm has without this origin
        std::uint32_t taken_back = 0;
        std::uint64_t bytes_sent = 0;  ///< payload
        std::uint32_t origins = 1;
        bool released = false;
    };

    /// @param seed  orders the pieces; different at each origin
    Ration(Layout layout, OriginId self, std::uint64_t seed, RationOptions options = {});
    Ration(const Ration&) = delete;
    Ration& operator=(const Ration&) = delete;
    ~Ration();

    /// @param group  peers that share an uplink; 0 for all where racks are not known
    void peer_joined(PeerId peer, Kind kind, std::uint32_t group, TimePoint now);
    void peer_left(PeerId peer, TimePoint now);
    void peer_has(PeerId peer, PieceIndex piece, TimePoint now);
    /// All of one message: a bitfield says no more about the peer's pace than a HAVE does.
    void peer_has(PeerId peer, std::span<const PieceIndex> pieces, TimePoint now);
    void peer_has_all(PeerId peer, TimePoint now);
    /// The peer said that it no longer has it (BEP 54).
    void peer_lost(PeerId peer, PieceIndex piece, TimePoint now);
    [[nodiscard]] Answer request(PeerId peer, PieceIndex piece, TimePoint now);
    /// A block went out.
    void sent(PeerId peer, PieceIndex piece, std::uint32_t bytes, TimePoint now);
    /// What a shoal peer says about other rationing origins.
    void origins_reported(PeerId peer, std::vector<OriginId> others, TimePoint now);
    /// Stalls and rests; call it about once a second, more often in a fast swarm.
    void tick(TimePoint now);

    /// What is to be done since the last call, in order.
    [[nodiscard]] std::vector<Action> take_actions();
    [[nodiscard]] bool released() const;
    [[nodiscard]] Status status() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace shoal::policy
