#pragma once

#include <cstdint>
#include <string>

#include "tracker/model/announce.hpp"

/// What of a swarm outlives the process. Numbers are chosen by the swarm table and are keys in the store.
namespace shoal::tracker {

using UnixSeconds = std::uint32_t;  // good until 2106

struct SwarmRecord {
    std::uint64_t number = 0;  ///< never used twice
    InfoHash info_hash;
    std::uint32_t completed = 0;
    UnixSeconds created = 0;
    UnixSeconds last_active = 0;
    // What the operator told: see SwarmTable::register_torrent().
    bool registered = false;
    std::string name;
    std::uint64_t size = 0;  ///< bytes
};

struct PeerRecord {
    std::uint64_t number = 0;  ///< the smallest free one: numbers of gone peers are used again
    std::uint64_t swarm = 0;   ///< its number
    InfoHash info_hash;        ///< the swarm's, where it was taken from the table
    PeerContact contact;
    std::uint32_t key = 0;
    std::uint64_t left = 0;
    std::uint64_t uploaded = 0;
    UnixSeconds first_seen = 0;
    UnixSeconds last_seen = 0;
    UnixSeconds lifetime = 0;  ///< seconds from last_seen on without an announce until it counts as lost
    bool left_known = false;
    bool paused = false;
    bool completed = false;  ///< counted among its swarm's completed
};

}  // namespace shoal::tracker
