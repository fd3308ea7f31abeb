#pragma once

#include <cstdint>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// A leecher's side of one connection to a peer that may ration (see Ration).
class OriginLink {
  public:
    /// @param rations  the peer said so in its extended handshake
    OriginLink(bool rations, TimePoint now) : rationed_(rations), heard_(now) {}

    /// The first HAVE_ALL of a rationing origin is for those who do not know better: swallow it. The second
    /// is the release.
    /// @return whether to swallow it
    bool swallow_have_all();
    /// An origin shows its choice by HAVE alone; a bitfield or the allowed fast set would defeat it.
    [[nodiscard]] bool swallow_shortcuts() const { return rationed_; }
    /// It may show us nothing for a while, and is still the one with the pieces that nobody has.
    [[nodiscard]] bool keep() const { return rationed_; }
    [[nodiscard]] bool rationed() const { return rationed_; }
    void heard(TimePoint now) { heard_ = now; }
    /// Rationed by a peer that shows nothing while we get nothing elsewhere: reconnect as a standard peer,
    /// whom an origin treats as any seed does. So a liar in an origin's clothes costs `patience`, not the
    /// download.
    /// @param idle_since  when the torrent last received anything
    [[nodiscard]] bool distrust(TimePoint now, TimePoint idle_since,
                                Duration patience = std::chrono::seconds(45)) const;

  private:
    bool rationed_;
    bool swallowed_ = false;
    TimePoint heard_;
};

/// How many peers a host serves at once. With few slots a piece moves from host to host in full, fast hops,
/// and the last pieces reach the last hosts early. But a slot is held for an unchoke interval, a second:
/// where the uplink carries many pieces in that time, whoever holds one soon has all that is here, and the
/// link idles. So: a few, and one more for each piece a second. Where a piece takes milliseconds the transfer
/// is over within a few samples. So what a host received until it had its first piece counts as one: links
/// carry as much both ways. Measured: docs/measurements/2026-11-22-fan-out-ideas.md.
class UnchokeSlots {
  public:
    struct Options {
        std::uint32_t fewest = 6;
        std::uint32_t most = 20;
    };

    UnchokeSlots() : UnchokeSlots(Options{}) {}
    explicit UnchokeSlots(Options options) : options_(options) {}

    [[nodiscard]] std::uint32_t slots() const;
    /// Before anything is sent. @param pieces_a_second  received, parts of pieces included
    void begin(double pieces_a_second);
    /// About once a second. @param pieces_a_second  sent since the last sample, parts of pieces included
    void sample(double pieces_a_second);

  private:
    Options options_;
    double average_ = 0;  ///< pieces a second
    double best_ = 0;
};

}  // namespace shoal::policy
