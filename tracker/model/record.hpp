#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracker/model/announce.hpp"

/// What of a swarm outlives the process. Numbers are chosen by the swarm table and are keys in the store.
namespace shoal::tracker {

using UnixSeconds = std::uint32_t;  // good until 2106

/// Where several trackers share their swarms: what one of them counted, by its number. Number 0: what a
/// database held before they did.
struct TrackerCount {
    std::uint64_t tracker = 0;
    std::uint32_t completed = 0;

    bool operator==(const TrackerCount&) const = default;
};

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
    // Where it is shared with other trackers.
    UnixSeconds registered_at = 0;       ///< when the operator last told; of two words the later one counts
    std::vector<TrackerCount> counts{};  ///< together they are `completed`
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
    /// The tracker that says this and did count it; 0: the one that says this did not.
    std::uint64_t counted_by = 0;
};

/// A channel, as bytes whose forms are channel/'s.
struct ChannelRecord {
    std::string name;
    std::string root;         ///< a `.channel` file
    std::string publication;  ///< empty: nothing was published
    std::string ratchet;      ///< which sequences were seen

    bool operator==(const ChannelRecord&) const = default;
};

}  // namespace shoal::tracker
