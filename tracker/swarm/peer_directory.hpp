#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tracker/swarm/peer_index.hpp"

namespace shoal::tracker {

/// Knows which peer of a shard an announce comes from.
///
/// A peer id from one address is one peer, whatever the key: aria2 has a new key for each UDP announce. At
/// another address, of the other family too, only the key proves that it is the same peer (BEP 7): peer ids
/// are public. An endpoint (address and port) of a swarm belongs to one peer: one program listens there.
class PeerDirectory {
  public:
    explicit PeerDirectory(const PeerPool& pool)
        : by_id4_(pool), by_id6_(pool), by_key_(pool), by_endpoint4_(pool), by_endpoint6_(pool) {}

    /// The peer with that id at that address; else the one with that id and key.
    [[nodiscard]] std::uint32_t find(const PeerName& name) const {
        std::uint32_t place = by_id4_.find(name);
        if (place == PeerPool::kNone) place = by_id6_.find(name);
        return place != PeerPool::kNone ? place : by_key_.find(name);
    }
    /// The peer that can be dialled at that IPv4 endpoint.
    [[nodiscard]] std::uint32_t find_by_endpoint4(const PeerName& name) const {
        return by_endpoint4_.find(name);
    }
    /// The peer that can be dialled at that IPv6 endpoint.
    [[nodiscard]] std::uint32_t find_by_endpoint6(const PeerName& name) const {
        return by_endpoint6_.find(name);
    }

    void insert(std::uint32_t place) {
        by_id4_.insert(place);
        by_id6_.insert(place);
        by_key_.insert(place);
        by_endpoint4_.insert(place);
        by_endpoint6_.insert(place);
    }
    /// Call it before anything of the peer's name changes.
    void erase(std::uint32_t place) {
        by_id4_.erase(place);
        by_id6_.erase(place);
        by_key_.erase(place);
        by_endpoint4_.erase(place);
        by_endpoint6_.erase(place);
    }

  private:
    /// splitmix64's finaliser.
    static std::uint64_t mix(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
    }
    template <class Number, std::size_t N>
    static std::uint64_t number_at(const std::array<std::uint8_t, N>& bytes, std::size_t at) {
        Number number = 0;
        std::memcpy(&number, bytes.data() + at, sizeof number);
        return number;
    }
    static std::uint64_t hash_of(const std::array<std::uint8_t, 4>& ipv4) {
        return number_at<std::uint32_t>(ipv4, 0);
    }
    static std::uint64_t hash_of(const std::array<std::uint8_t, 16>& ipv6) {
        return mix(number_at<std::uint64_t>(ipv6, 0)) ^ number_at<std::uint64_t>(ipv6, 8);
    }
    static std::uint64_t hash_of(std::uint32_t swarm, const PeerId& id) {
        // The first 8 bytes name the client and are the same for a fleet; the last 12 are random.
        return number_at<std::uint64_t>(id.bytes, 12) ^ (number_at<std::uint32_t>(id.bytes, 8) << 17) ^ swarm;
    }

    struct ByKey {
        static bool applies(const PeerName& name) { return name.key != 0; }
        static std::size_t hash(const PeerName& name) {
            return mix(hash_of(name.swarm, name.contact.peer_id) ^ (std::uint64_t{name.key} << 32));
        }
        static bool equal(const PeerName& a, const PeerName& b) {
            return a.swarm == b.swarm && a.key == b.key && a.contact.peer_id == b.contact.peer_id;
        }
    };
    /// By id and address of one family.
    template <auto Address>
    struct ById {
        static bool applies(const PeerName& name) {
            const auto& address = name.contact.*Address;
            return address != std::remove_cvref_t<decltype(address)>{};
        }
        static std::size_t hash(const PeerName& name) {
            return mix(mix(hash_of(name.swarm, name.contact.peer_id)) ^ hash_of(name.contact.*Address));
        }
        static bool equal(const PeerName& a, const PeerName& b) {
            return a.swarm == b.swarm && a.contact.*Address == b.contact.*Address &&
                   a.contact.peer_id == b.contact.peer_id;
        }
    };
    /// By address and port of one family.
    template <auto Address, auto Port>
    struct ByEndpoint {
        static bool applies(const PeerName& name) { return name.contact.*Port != 0; }
        static std::size_t hash(const PeerName& name) {
            const std::uint64_t local = std::uint64_t{name.swarm} << 16 | name.contact.*Port;
            return mix(mix(local) ^ hash_of(name.contact.*Address));
        }
        static bool equal(const PeerName& a, const PeerName& b) {
            return a.swarm == b.swarm && a.contact.*Port == b.contact.*Port &&
                   a.contact.*Address == b.contact.*Address;
        }
    };

    PeerIndex<ById<&PeerContact::ipv4>> by_id4_;
    PeerIndex<ById<&PeerContact::ipv6>> by_id6_;
    PeerIndex<ByKey> by_key_;
    PeerIndex<ByEndpoint<&PeerContact::ipv4, &PeerContact::port4>> by_endpoint4_;
    PeerIndex<ByEndpoint<&PeerContact::ipv6, &PeerContact::port6>> by_endpoint6_;
};

}  // namespace shoal::tracker
