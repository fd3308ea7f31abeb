#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// How many pieces an origin hands out at once.
///
/// Too many, and its link is split over so many peers that every first piece completes late; too few, and the
/// link idles while a peer hashes what it got. It begins with a few, because nobody has anything to pass on
/// before the first piece is whole somewhere, and opens by one for each that arrives (twice as many a round
/// trip, as TCP does), up to a 64th of the manifest, but no further once pieces take long: then they wait for
/// each other. From there it grows only for as long as growing makes the origin faster, as it does where the
/// peers' links are slower than the origin's, and shrinks again where that changes nothing.
class Window {
  public:
    struct Options {
        /// Simulated with 5 MiB pieces at 20 hosts, 20 Mbit/s: 2 finished at 1.22 of the bound, 3 to 6 at
        /// 1.17 to 1.18, 11 at 1.21. Small pieces at that rate need 12.
        std::uint32_t first = 4;
        std::uint32_t open = 12;                        ///< at least, where pieces do not take long
        Duration long_piece = std::chrono::seconds(1);  ///< from hand-out to HAVE
        std::uint32_t maximum = 512;
        /// A larger window must be faster by this factor to be kept.
        double gain_to_keep = 1.08;
        /// A smaller one may be slower by this factor.
        double loss_to_accept = 0.98;
    };

    explicit Window(std::uint32_t pieces) : Window(pieces, Options{}) {}
    Window(std::uint32_t pieces, Options options);

    [[nodiscard]] std::uint32_t size() const { return size_; }

    /// A piece reached a peer whole.
    /// @param took     since it was handed out
    /// @param limited  pieces and peers were there to hand out more, and only the window forbade it
    void completed(TimePoint now, std::uint32_t bytes, Duration took, bool limited);

  private:
    enum class Phase { kOpening, kWarmUp, kGrow, kHold, kProbeUp, kProbeDown };

    void end_round(double rate, bool limited);
    void hold_at(std::uint32_t size);
    [[nodiscard]] std::uint32_t step() const { return size_ / 4 + 1; }

    Options options_;
    std::uint32_t open_;  ///< where it is
    std::uint32_t size_;
    std::uint32_t kept_;  ///< the size to go back to when a probe does not pay
    Phase phase_ = Phase::kOpening;
    double held_rate_ = 0;  ///< bytes a second at kept_
    std::uint32_t rounds_to_hold_ = kFirstHold;
    std::uint32_t rounds_held_ = 0;
    bool probe_down_next_ = false;

    std::optional<TimePoint> round_began_;
    std::uint64_t round_bytes_ = 0;
    std::uint32_t round_pieces_ = 0;
    std::uint32_t round_limited_ = 0;

    static constexpr std::uint32_t kFirstHold = 4;
    static constexpr std::uint32_t kLongestHold = 64;
};

}  // namespace shoal::policy
