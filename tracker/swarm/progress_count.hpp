#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tracker/swarm/swarm_view.hpp"

namespace shoal::tracker {

/// Adds up how far the peers of a swarm, or of its part at one site, are.
class ProgressCount {
  public:
    /// @param size  of the torrent, bytes; 0: not known
    explicit ProgressCount(std::uint64_t size) : size_(size) {}

    /// A peer that has not all. Of one whose `left` cannot be, nothing is known: it counts as having nothing.
    /// @param downloads  false for a partial seed: it wants no more
    void add_peer(bool left_known, std::uint64_t left, double rate, bool downloads, bool stalled);
    /// Those added so far were a sample of this many. Before any add_seeds().
    void scale_to(std::size_t peers);
    void add_seeds(std::size_t count);
    void add(const ProgressCount& other);

    [[nodiscard]] std::optional<ProgressView::Shares> shares() const;
    [[nodiscard]] double rate() const { return rate_; }
    /// As in ProgressView.
    [[nodiscard]] std::optional<std::uint64_t> seconds_left() const;
    [[nodiscard]] std::uint32_t stalled() const { return static_cast<std::uint32_t>(stalled_); }

  private:
    static constexpr std::size_t kSteps = 1000;

    [[nodiscard]] double reached(double share) const;

    std::uint64_t size_;
    std::array<double, kSteps + 1> peers_by_step_{};  ///< by the share that they have, rounded down
    double peers_ = 0;
    double incomplete_ = 0;
    double sum_ = 0;  ///< of shares
    double rate_ = 0;
    std::vector<float> seconds_;  ///< until each peer that receives something is done
    double stalled_ = 0;
};

}  // namespace shoal::tracker
