#include "torrentgen/hashing/merkle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "tests/torrentgen/reference_hash.hpp"

namespace shoal::hashing {
namespace {

const LaneKernel& kernel() {
    return portable_kernel(Algorithm::kSha256);
}

/// The definition: the whole tree, level by level.
Sha256Digest naive_root(std::vector<Sha256Digest> nodes, std::size_t width, const Sha256Digest& filler) {
    nodes.resize(width, filler);
    while (nodes.size() > 1) {
        std::vector<Sha256Digest> parents;
        for (std::size_t i = 0; i < nodes.size(); i += 2) {
            const auto digest = test::reference_hash(Algorithm::kSha256, nodes[i].data(), 64);
            std::copy(digest.begin(), digest.end(), parents.emplace_back().begin());
        }
        nodes = parents;
    }
    return nodes.front();
}

std::vector<Sha256Digest> leaves(std::size_t count) {
    std::vector<Sha256Digest> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i].fill(static_cast<std::uint8_t>(i + 1));
    return out;
}

TEST(MerkleRoot, OfOneLeafIsTheLeaf) {
    auto one = leaves(1);
    EXPECT_EQ(merkle_root(kernel(), one, 1, {}), leaves(1).front());
}

TEST(MerkleRoot, EqualsTheWholeTreeForEveryNumberOfLeaves) {
    for (std::size_t count = 1; count <= 70; ++count) {
        for (std::size_t width = std::bit_ceil(count); width <= 256; width *= 2) {
            auto scratch = leaves(count);
            Sha256Digest filler{};
            filler[0] = 9;
            ASSERT_EQ(merkle_root(kernel(), scratch, width, filler), naive_root(leaves(count), width, filler))
                << count << " leaves of " << width;
        }
    }
}

TEST(MerkleFiller, IsTheRootOfZeros) {
    for (std::size_t width = 1; width <= 512; width *= 2) {
        EXPECT_EQ(merkle_filler(kernel(), width), naive_root({Sha256Digest{}}, width, {}));
    }
}

}  // namespace
}  // namespace shoal::hashing
