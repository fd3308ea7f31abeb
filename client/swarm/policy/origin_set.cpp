#include "client/swarm/policy/origin_set.hpp"

#include <algorithm>
#include <set>

namespace shoal::policy {
namespace {

// The finaliser of splitmix64: every bit of the input moves every bit of the result.
std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9U;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

std::uint64_t weight(OriginId origin, PieceIndex piece) {
    return mix(mix(origin) + 0x9e3779b97f4a7c15U * (piece + 1ULL));
}

}  // namespace

bool OriginSet::report(PeerId reporter, std::vector<OriginId> others) {
    if (others.size() > kMostFromOne) others.resize(kMostFromOne);
    if (others.empty()) return forget(reporter);
    reports_[reporter] = std::move(others);
    return refresh();
}

bool OriginSet::forget(PeerId reporter) {
    return reports_.erase(reporter) != 0 && refresh();
}

bool OriginSet::refresh() {
    std::set<OriginId> all;
    for (const auto& [reporter, others] : reports_) all.insert(others.begin(), others.end());
    all.erase(self_);
    std::vector<OriginId> sorted(all.begin(), all.end());
    if (sorted == others_) return false;
    others_ = std::move(sorted);
    return true;
}

bool OriginSet::owns(PieceIndex piece) const {
    const std::uint64_t own = weight(self_, piece);
    return std::none_of(others_.begin(), others_.end(), [&](OriginId other) {
        const std::uint64_t theirs = weight(other, piece);
        return theirs > own || (theirs == own && other > self_);
    });
}

}  // namespace shoal::policy
