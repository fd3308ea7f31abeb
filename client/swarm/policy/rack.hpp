#pragma once

#include <cstdint>
#include <optional>
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
        std::uint32_t fewest = 2;        ///< to other racks
        /// No new neighbour in the rack for so long: there are no more.
        Duration settled = std::chrono::seconds(20);
    };

    RackNeighbours(Options options, TimePoint now) : options_(options), last_mate_(now) {}

    /// @param mate  it is in our rack
    void joined(PeerId peer, bool mate, TimePoint now);
    void left(PeerId peer);

    /// The newest of other racks that are too many; they still count until they left.
    [[nodiscard]] std::vector<PeerId> too_many() const;
    /// How many connections to dial for, others than origins and peers whose rack is not known included;
    /// nothing as long as there may be more of our rack to be found.
    [[nodiscard]] std::optional<std::uint32_t> enough(TimePoint now) const;
    /// How many of other racks to keep.
    [[nodiscard]] std::uint32_t others_wanted() const;

  private:
    Options options_;
    std::vector<PeerId> mates_;
    std::vector<PeerId> others_;  ///< oldest first
    TimePoint last_mate_;
};

}  // namespace shoal::policy
