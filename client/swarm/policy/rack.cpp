#include "client/swarm/policy/rack.hpp"

#include <algorithm>

namespace shoal::policy {

void RackNeighbours::joined(PeerId peer, bool mate, Dialled by, bool known, TimePoint now) {
    left(peer);
    if (!mate) {
        others_.push_back({peer, by});
        return;
    }
    mates_.push_back(peer);
    if (!known) last_mate_ = now;
}

void RackNeighbours::left(PeerId peer) {
    mates_.erase(std::remove(mates_.begin(), mates_.end(), peer), mates_.end());
    others_.erase(
        std::remove_if(others_.begin(), others_.end(), [&](const Other& o) { return o.peer == peer; }),
        others_.end());
}

std::uint32_t RackNeighbours::others_wanted() const {
    const auto mates = static_cast<std::uint32_t>(mates_.size());
    // Each neighbour in the rack replaces two elsewhere: half a dozen of them pass on what comes in.
    const std::uint32_t spare = options_.connections - std::min(options_.connections, 2 * mates);
    return std::max(options_.fewest, spare);
}

std::vector<PeerId> RackNeighbours::too_many() const {
    const std::uint32_t wanted = others_wanted();
    std::vector<PeerId> surplus;
    std::uint32_t kept = 0;
    std::uint32_t dialled = 0;
    for (const Other& other : others_) {
        const bool ours = other.by == Dialled::kByUs;
        if (kept == options_.incoming * wanted || (ours && dialled == wanted)) {
            surplus.push_back(other.peer);
            continue;
        }
        ++kept;
        if (ours) ++dialled;
    }
    return surplus;
}

bool RackNeighbours::settled(TimePoint now) const {
    return !mates_.empty() && now - last_mate_ >= options_.settled;
}

std::uint32_t RackNeighbours::missing() const {
    const auto others = static_cast<std::uint32_t>(others_.size());
    return options_.fewest - std::min(options_.fewest, others);
}

}  // namespace shoal::policy
