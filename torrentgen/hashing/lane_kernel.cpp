#include "torrentgen/hashing/lane_kernel.hpp"

#include <vector>

#include "torrentgen/hashing/openssl_kernel.hpp"

namespace shoal::hashing {
namespace {

std::vector<LaneKernel> detect(Algorithm algorithm) {
    return {openssl_kernel(algorithm)};
}

}  // namespace

const std::uint32_t* initial_state(Algorithm algorithm) {
    static constexpr std::uint32_t kSha1[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    static constexpr std::uint32_t kSha256[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    return algorithm == Algorithm::kSha1 ? kSha1 : kSha256;
}

std::span<const LaneKernel> usable_kernels(Algorithm algorithm) {
    static const std::vector<LaneKernel> sha1 = detect(Algorithm::kSha1);
    static const std::vector<LaneKernel> sha256 = detect(Algorithm::kSha256);
    return algorithm == Algorithm::kSha1 ? sha1 : sha256;
}

const LaneKernel& portable_kernel(Algorithm algorithm) {
    return usable_kernels(algorithm).front();
}

}  // namespace shoal::hashing
