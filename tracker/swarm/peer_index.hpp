#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "tracker/swarm/peer_pool.hpp"

namespace shoal::tracker {

/// Finds a shard's peer by swarm, peer id and key: open addressing over the numbers of the pool, four bytes
/// an entry.
class PeerIndex {
  public:
    explicit PeerIndex(const PeerPool& pool) : pool_(pool) {}

    [[nodiscard]] std::uint32_t find(std::uint32_t swarm, const PeerId& id, std::uint32_t key) const {
        if (slots_.empty()) return PeerPool::kNone;
        for (std::size_t i = hash(swarm, id, key) & mask();; i = (i + 1) & mask()) {
            const std::uint32_t place = slots_[i];
            if (place == PeerPool::kNone) return place;
            const Peer& peer = pool_[place];
            if (peer.swarm == swarm && peer.key == key && peer.contact.peer_id == id) return place;
        }
    }

    void insert(std::uint32_t place) {
        if ((count_ + 1) * 5 > slots_.size() * 4) grow();  // at most 80 % full
        put(place);
        ++count_;
    }

    void erase(std::uint32_t place) {
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

    [[nodiscard]] std::size_t home(std::uint32_t place) const {
        const Peer& peer = pool_[place];
        return hash(peer.swarm, peer.contact.peer_id, peer.key) & mask();
    }

    static std::size_t hash(std::uint32_t swarm, const PeerId& id, std::uint32_t key) {
        // The first 8 bytes name the client and are the same for a fleet; the last 12 are random.
        std::uint64_t a = 0;
        std::uint32_t b = 0;
        std::memcpy(&a, id.bytes.data() + 12, sizeof a);
        std::memcpy(&b, id.bytes.data() + 8, sizeof b);
        std::uint64_t x = a ^ (std::uint64_t{b} << 17) ^ (std::uint64_t{key} << 32) ^ swarm;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;  // splitmix64's finaliser
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return static_cast<std::size_t>(x ^ (x >> 31));
    }

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
