#pragma once

#include <map>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// The origins of one swarm, as an origin knows them. Seeds do not stay connected with each other, so each
/// leecher tells every rationing origin which others it is connected with; what one leecher says is believed
/// only as far as it goes: a made-up origin costs this one a part of its preference, never a piece.
class OriginSet {
  public:
    explicit OriginSet(OriginId self) : self_(self) { refresh(); }

    /// `reporter` is connected with `others` now; replaces what it said before. At most kMostFromOne are
    /// taken.
    /// @return true where the set changed
    bool report(PeerId reporter, std::vector<OriginId> others);
    /// The reporter left, and what it said with it.
    bool forget(PeerId reporter);

    /// Whether this origin is the one to hand out `piece` first: the highest hash of origin and piece wins
    /// (rendezvous hashing), so that each origin decides alike without asking, and one that comes or goes
    /// moves only its own share.
    [[nodiscard]] bool owns(PieceIndex piece) const;
    /// This one included.
    [[nodiscard]] std::size_t count() const { return others_.size() + 1; }

    static constexpr std::size_t kMostFromOne = 16;

  private:
    bool refresh();

    OriginId self_;
    std::map<PeerId, std::vector<OriginId>> reports_;
    std::vector<OriginId> others_;  ///< sorted
};

}  // namespace shoal::policy
