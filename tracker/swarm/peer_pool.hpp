#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tracker/swarm/peer.hpp"

namespace shoal::tracker {

/// A shard's peers in places with stable numbers. Grows by small blocks, so that no growth ever copies or
/// holds twice the memory; gone peers' places are used again.
class PeerPool {
  public:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    [[nodiscard]] Peer& operator[](std::uint32_t place) { return blocks_[place / kBlock][place % kBlock]; }
    [[nodiscard]] const Peer& operator[](std::uint32_t place) const {
        return blocks_[place / kBlock][place % kBlock];
    }
    /// One past the highest place that was ever used.
    [[nodiscard]] std::uint32_t end() const { return end_; }

    std::uint32_t take() {
        if (free_ == kNone) return append();
        const std::uint32_t place = free_;
        free_ = (*this)[place].position;
        return place;
    }
    /// A place of the caller's choice, before the first take(); call rebuild_free_list() when all are there.
    void take_at(std::uint32_t place) {
        while (end_ <= place) append();
    }
    void rebuild_free_list() {
        free_ = kNone;
        for (std::uint32_t place = end_; place-- > 0;) {
            if ((*this)[place].state == PeerState::kFree) give_back(place);
        }
    }
    void give_back(std::uint32_t place) {
        Peer& peer = (*this)[place];
        peer.state = PeerState::kFree;
        peer.position = free_;
        free_ = place;
    }

  private:
    static constexpr std::uint32_t kBlock = 64;

    std::uint32_t append() {
        if (end_ % kBlock == 0) blocks_.push_back(std::make_unique<Peer[]>(kBlock));
        return end_++;
    }

    std::vector<std::unique_ptr<Peer[]>> blocks_;
    std::uint32_t end_ = 0;
    std::uint32_t free_ = kNone;
};

}  // namespace shoal::tracker
