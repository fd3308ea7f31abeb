#include "client/swarm/policy/rack.hpp"

#include <algorithm>

namespace shoal::policy {

void RackNeighbours::joined(PeerId peer, bool mate, TimePoint now) {
    left(peer);
    (mate ? mates_ : others_).push_back(peer);
    if (mate) last_mate_ = now;
}

void RackNeighbours::left(PeerId peer) {
    for (auto* const peers : {&mates_, &others_})
        peers->erase(std::remove(peers->begin(), peers->end(), peer), peers->end());
}

std::uint32_t RackNeighbours::others_wanted() const {
    const auto mates = static_cast<std::uint32_t>(mates_.size());
    // Each neighbour in the rack replaces two elsewhere: half a dozen of them pass on what comes in.
    const std::uint32_t spare = options_.connections - std::min(options_.connections, 2 * mates);
    return std::max(options_.fewest, spare);
}

std::vector<PeerId> RackNeighbours::too_many() const {
    const std::size_t wanted = others_wanted();
    if (others_.size() <= wanted) return {};
    return {others_.begin() + static_cast<std::ptrdiff_t>(wanted), others_.end()};
}

std::optional<std::uint32_t> RackNeighbours::enough(TimePoint now) const {
    if (mates_.empty() || now - last_mate_ < options_.settled) return std::nullopt;
    return static_cast<std::uint32_t>(mates_.size()) + others_wanted();
}

}  // namespace shoal::policy
