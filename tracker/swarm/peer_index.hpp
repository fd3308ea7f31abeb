#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "tracker/swarm/peer_pool.hpp"

namespace shoal::tracker {

/// What the indexes know a peer by.
struct PeerName {
    std::uint32_t swarm;
    std::uint32_t key;
    const PeerContact& contact;
};

/// Finds a shard's peers: open addressing over the numbers of the pool, four bytes an entry.
/// @tparam Rule  `applies(PeerName)`: is that peer in the index; `hash(PeerName)`; `equal(PeerName,
/// PeerName)`
template <class Rule>
class PeerIndex {
  public:
    explicit PeerIndex(const PeerPool& pool) : pool_(pool) {}

    [[nodiscard]] std::uint32_t find(const PeerName& name) const {
        if (slots_.empty() || !Rule::applies(name)) return PeerPool::kNone;
        for (std::size_t i = Rule::hash(name) & mask();; i = (i + 1) & mask()) {
            const std::uint32_t place = slots_[i];
            if (place == PeerPool::kNone || Rule::equal(name_of(place), name)) return place;
        }
    }

    void insert(std::uint32_t place) {
        if (!Rule::applies(name_of(place))) return;
        if ((count_ + 1) * 5 > slots_.size() * 4) grow();  // at most 80 % full
        put(place);
        ++count_;
    }

    void erase(std::uint32_t place) {
        if (!Rule::applies(name_of(place))) return;
        std::size_t hole = home(place);
        while (slots_[hole] != place) hole = (hole + 1) & mask();
        // Linear probing without tombstones: move back whatever the hole would cut off from its home.
        for (std::size_t i = (hole + 1) & mask(); slots_[i] != PeerPool::kNone; i = (i + 1) & mask()) {
            const std::size_t wanted = home(slots_[i]);
            if (((i - wanted) & mask()) >= ((i - hole) & mask())) {
                slots_[hole] = slots_[i];
                hole = i;
            }
        }
        slots_[hole] = PeerPool::kNone;
        --count_;
    }

  private:
    [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }

    [[nodiscard]] PeerName name_of(std::uint32_t place) const {
        const Peer& peer = pool_[place];
        return {peer.swarm, peer.key, peer.contact};
    }
    [[nodiscard]] std::size_t home(std::uint32_t place) const { return Rule::hash(name_of(place)) & mask(); }

    void put(std::uint32_t place) {
        std::size_t i = home(place);
        while (slots_[i] != PeerPool::kNone) i = (i + 1) & mask();
        slots_[i] = place;
    }

    void grow() {
        std::vector<std::uint32_t> old(slots_.empty() ? 16 : slots_.size() * 2, PeerPool::kNone);
        old.swap(slots_);
        for (const std::uint32_t place : old) {
            if (place != PeerPool::kNone) put(place);
        }
    }

    const PeerPool& pool_;
    std::vector<std::uint32_t> slots_;
    std::size_t count_ = 0;
};

}  // namespace shoal::tracker
