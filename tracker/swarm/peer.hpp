#pragma once

#include <array>
#include <cstdint>

#include "tracker/model/record.hpp"

namespace shoal::tracker {

enum class PeerState : std::uint8_t {
    kLeecher,
    kPartialSeed,  ///< has what it wants, but not all (BEP 21)
    kSeed,
    kLost,      ///< has not announced in time
    kReplaced,  ///< another peer took its endpoint, and it has not announced since
    kFree       ///< the place holds no peer
};
constexpr std::size_t kListedStates = 5;  // all but kFree

/// Counted and handed out.
constexpr bool is_live(PeerState state) {
    return state == PeerState::kLeecher || state == PeerState::kPartialSeed || state == PeerState::kSeed;
}

/// One peer of one swarm. A million of them are the tracker's memory: keep it at 96 bytes.
struct Peer {
    // What an answer reads of each peer that it may hold comes first: mostly one cache line has it all.
    PeerContact contact;
    UnixSeconds expires = 0;
    std::uint64_t left = 0;
    std::uint64_t uploaded = 0;
    std::uint32_t key = 0;
    float rate = 0;  ///< bytes a second between the last two announces: down, or up for a seed
    UnixSeconds first_seen = 0;
    UnixSeconds last_seen = 0;
    UnixSeconds progress_at = 0;  ///< when `left` last shrank
    std::uint32_t swarm = 0;      ///< place in the shard's list of swarms
    std::uint32_t position = 0;   ///< in the swarm's list of its state; of a free place: the next free one
    PeerState state : 7 = PeerState::kFree;
    std::uint8_t heard_here : 1 = 0;  ///< this tracker has the peer's latest report from the peer itself
    std::uint8_t left_known : 1 = 0;
    std::uint8_t paused : 1 = 0;
    std::uint8_t completed : 1 = 0;
    std::uint8_t changed : 1 = 0;   ///< waits in the shard's list of changed places
    std::uint8_t stored : 1 = 0;    ///< the store has a record under this place's number
    std::uint8_t claims : 1 = 0;    ///< its `left` counts in the swarm's size estimate
    std::uint8_t unshared : 1 = 0;  ///< waits in the shard's list of what other trackers do not know yet
    std::uint8_t counted : 1 = 0;   ///< `completed`, and counted by this tracker
    std::uint16_t site = 0;         ///< 0: none
};
static_assert(sizeof(Peer) == 96);

}  // namespace shoal::tracker
