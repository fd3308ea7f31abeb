#pragma once

#include <chrono>
#include <cstdint>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// Whether a peer that used to speak has fallen silent. A host that loses its power says no goodbye, and
/// libtorrent waits two minutes for it: longer than most transfers. Meanwhile its connection counts, requests
/// wait for it, and pieces that only it had seem to be in the swarm.
///
/// Time alone does not tell: where pieces are large or links slow, everybody is silent for a minute. So the
/// others are the clock, and HAVEs are its ticks, because each host sends one for each piece that it gets. A
/// peer has stopped when it would have sent twelve since it last said anything, had it kept its share of
/// them. Where nobody gets anything nobody has stopped.
class Pulse {
  public:
    /// It sent a HAVE. @param haves  heard of all peers together so far, this one among them
    void beat(TimePoint now, std::uint64_t haves) {
        if (beats_ == 0) first_ = haves;
        ++beats_;
        last_ = haves;
        heard(now, haves);
    }
    /// It said something else.
    void heard(TimePoint now, std::uint64_t haves) {
        heard_ = now;
        since_ = haves;
    }
    /// @param shortest  silence, however much the others say: what losses and full queues explain
    [[nodiscard]] bool stopped(TimePoint now, std::uint64_t haves, Duration shortest) const {
        if (beats_ < kKnown || now - heard_ < shortest) return false;
        return (haves - since_) * (beats_ - 1) >= kMissed * (last_ - first_);
    }

  private:
    static constexpr std::uint64_t kKnown = 8;  ///< before that it has no pace
    static constexpr std::uint64_t kMissed = 12;

    std::uint64_t beats_ = 0;
    std::uint64_t first_ = 0;  ///< of everybody's HAVEs, its own first and last
    std::uint64_t last_ = 0;
    std::uint64_t since_ = 0;  ///< everybody's HAVEs when it last said something
    TimePoint heard_{};
};

}  // namespace shoal::policy
