#include "torrentgen/hashing/merkle.hpp"

#include <cstring>

#include "torrentgen/hashing/lane_hasher.hpp"

namespace shoal::hashing {
namespace {

Sha256Digest hash_pair(const LaneKernel& kernel, const Sha256Digest& left, const Sha256Digest& right) {
    std::array<Sha256Digest, 2> pair{left, right};
    const Message message{reinterpret_cast<const std::byte*>(pair.data()), sizeof pair};
    Sha256Digest digest;
    hash_messages(kernel, std::span(&message, 1), digest.data());
    return digest;
}

}  // namespace

Sha256Digest merkle_root(const LaneKernel& kernel, std::vector<Sha256Digest>& leaves, std::size_t width,
                         const Sha256Digest& filler) {
    static_assert(sizeof(Sha256Digest) == 32, "two neighbours must be one 64-byte message");
    Sha256Digest level_filler = filler;
    std::vector<Message> pairs;
    std::vector<Sha256Digest> parents;
    // Nodes right of the last real one are all equal at each level, so only that one is kept.
    for (; width > 1; width /= 2) {
        if (leaves.size() % 2 != 0) leaves.push_back(level_filler);
        pairs.clear();
        for (std::size_t i = 0; i < leaves.size(); i += 2) {
            pairs.push_back({reinterpret_cast<const std::byte*>(leaves[i].data()), 2 * sizeof(Sha256Digest)});
        }
        parents.resize(pairs.size());
        hash_messages(kernel, pairs, parents.front().data());
        leaves.swap(parents);
        if (width > 2) level_filler = hash_pair(kernel, level_filler, level_filler);
    }
    return leaves.front();
}

Sha256Digest merkle_filler(const LaneKernel& kernel, std::size_t width) {
    Sha256Digest digest{};
    for (; width > 1; width /= 2) digest = hash_pair(kernel, digest, digest);
    return digest;
}

}  // namespace shoal::hashing
