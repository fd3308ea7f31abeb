#pragma once

#include <cstdint>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// Which connections of a leecher leave its rack. A rack's uplink is shared by all of its hosts: where
/// everybody is everybody's neighbour, most of what they exchange goes through it, and each piece comes in
/// many times. So a host that has neighbours in its own rack keeps few elsewhere: enough to bring each piece
/// in, and to keep the racks connected.
class RackNeighbours {
  public:
    struct Options {
        std::uint32_t connections = 14;  ///< that a host dials until it has
        std::uint32_t fewest = 1;        ///< to other racks, dialled
        /// It takes so many times as many of other racks as it dials: who comes late finds room.
        std::uint32_t incoming = 3;
        /// No new neighbour in the rack for so long: there are no more.
        Duration settled = std::chrono::seconds(20);
    };

    RackNeighbours(Options options, TimePoint now) : options_(options), last_mate_(now) {}

    enum class Dialled { kByUs, kByThem };
    /// @param mate  it is in our rack
    /// @param known  it was connected before: it tells nothing about whether there are more
    void joined(PeerId peer, bool mate, Dialled by, bool known, TimePoint now);
    void left(PeerId peer);

    /// The newest of other racks that are too many; they still count until they left.
    [[nodiscard]] std::vector<PeerId> too_many() const;
    /// How many of other racks to dial.
    [[nodiscard]] std::uint32_t others_wanted() const;
    /// Everybody in our rack is found: dialling finds nobody to keep, but where too few leave the rack.
    [[nodiscard]] bool settled(TimePoint now) const;
    /// So many connections to other racks are missing where dialling has settled.
    [[nodiscard]] std::uint32_t missing() const;

  private:
    struct Other {
        PeerId peer;
        Dialled by;
    };

    Options options_;
    std::vector<PeerId> mates_;
    std::vector<Other> others_;  ///< oldest first
    TimePoint last_mate_;
};

}  // namespace shoal::policy
