#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "torrentgen/hashing/algorithm.hpp"

namespace shoal::hashing {

/// The compression function over several independent messages side by side.
struct LaneKernel {
    std::string_view name;  ///< "openssl", "sha-ni", "avx2", "avx512"
    Algorithm algorithm;
    unsigned lanes;
    /// Adds `blocks` times 64 bytes of each lane. Word w of lane l is states[w * lanes + l]; lane l reads
    /// from data[l]. Two lanes may read the same memory.
    void (*compress)(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
};

inline constexpr unsigned kMaxLanes = 16;

/// The kernels that this processor runs, the portable one first. Never empty.
std::span<const LaneKernel> usable_kernels(Algorithm algorithm);

/// The portable kernel: OpenSSL, which itself uses the processor's SHA instructions where there are any.
const LaneKernel& portable_kernel(Algorithm algorithm);

}  // namespace shoal::hashing
