#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracker/model/record.hpp"

/// Copies of what the table holds, for the API, the page and the metrics.
namespace shoal::tracker {

struct PeerView {
    PeerContact contact;
    std::string site;  ///< empty: none
    std::uint64_t left = 0;
    std::uint64_t uploaded = 0;
    double rate = 0;  ///< bytes a second between the last two announces: down, or up for a seed
    UnixSeconds first_seen = 0;
    UnixSeconds last_seen = 0;
    bool left_known = false;
    bool seed = false;
    bool partial_seed = false;
    bool stalled = false;  ///< a leecher that has got nothing for two intervals
    bool lost = false;     ///< stopped announcing without a word
};

struct SwarmView {
    InfoHash info_hash;
    SwarmCounts counts;
    std::uint32_t lost = 0;
    UnixSeconds created = 0;
    UnixSeconds last_active = 0;
    bool registered = false;
    std::string name;        ///< empty: not registered
    std::uint64_t size = 0;  ///< bytes; where it is not registered what most peers say, or 0
    /// Of leechers and partial seeds, at most the number that was asked for, in the proportion of the swarm.
    std::vector<PeerView> leechers;
    double rate = 0;  ///< of those together
};

}  // namespace shoal::tracker
