#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// Many SHA-1 and SHA-256 messages at a time, and the reader that feeds them. Knows nothing of manifests.
namespace shoal::hashing {

enum class Algorithm { kSha1, kSha256 };

using Sha1Digest = std::array<std::uint8_t, 20>;
using Sha256Digest = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kCompressBytes = 64;  ///< both algorithms eat 64 bytes a step (FIPS 180-4)
inline constexpr std::size_t kBlockBytes = 16384;  ///< a leaf of the merkle tree (BEP 52)

/// 32-bit words of chaining state, which is also the digest.
constexpr std::size_t state_words(Algorithm algorithm) {
    return algorithm == Algorithm::kSha1 ? 5 : 8;
}
constexpr std::size_t digest_bytes(Algorithm algorithm) {
    return 4 * state_words(algorithm);
}
/// The start value, state_words() of them.
const std::uint32_t* initial_state(Algorithm algorithm);

}  // namespace shoal::hashing
