#include "tracker/swarm/size_estimate.hpp"

#include <algorithm>

#include "tracker/model/announce.hpp"

namespace shoal::tracker {
namespace {

// What libtorrent and webtorrent say before they have the metadata of a magnet link.
constexpr std::uint64_t kNoMetadata = 16384;
// Hosts that resume have less left than the size, but hardly ever all of them less than an eighth.
constexpr std::uint64_t kOutlier = 8;

}  // namespace

SizeEstimate::Claims::iterator SizeEstimate::find(std::uint64_t left) {
    return std::find_if(claims_.begin(), claims_.end(),
                        [&](const Claim& claim) { return claim.peers > 0 && claim.bytes == left; });
}

void SizeEstimate::add(std::uint64_t left) {
    if (left == 0 || left == kNoMetadata) return;
    if (const auto same = find(left); same != claims_.end()) {
        ++same->peers;
    } else {
        // Where all places are taken, a claim of many peers outlasts those of one peer each.
        auto& weakest = *std::min_element(claims_.begin(), claims_.end(),
                                          [](const Claim& a, const Claim& b) { return a.peers < b.peers; });
        if (weakest.peers <= 1) {
            weakest = {left, 1};
        } else {
            --weakest.peers;
        }
    }
    decide();
}

void SizeEstimate::withdraw(std::uint64_t left) {
    const auto same = find(left);
    if (same == claims_.end()) return;
    --same->peers;
    decide();
}

void SizeEstimate::restore(std::uint64_t bytes) {
    if (bytes == 0 || bytes > kMostLeft) return;
    claims_.front() = {bytes, 2};
    bytes_ = bytes;
}

void SizeEstimate::decide() {
    Claims claims = claims_;
    std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return a.bytes > b.bytes; });
    std::uint32_t peers = 0;
    for (const Claim& claim : claims) peers += claim.peers;
    constexpr std::uint32_t kMajority = 3;  // of fewer none can be called the outlier
    std::uint64_t median = 0;
    std::uint32_t before = 0;
    for (const Claim& claim : claims) {
        before += claim.peers;
        if (before <= peers / 2) continue;
        median = claim.bytes;
        break;
    }
    const Claim* best = nullptr;
    for (const Claim& claim : claims) {
        if (claim.peers == 0 || (peers >= kMajority && claim.bytes / kOutlier > median)) continue;
        if (best == nullptr || claim.peers > best->peers) best = &claim;
    }
    if (best != nullptr) bytes_ = best->bytes;
}

}  // namespace shoal::tracker
