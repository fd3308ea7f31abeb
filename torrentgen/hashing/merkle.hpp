#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "torrentgen/hashing/lane_kernel.hpp"

/// The SHA-256 trees of BEP 52.
namespace shoal::hashing {

/// The root over `leaves`, filled up to `width` (a power of two, at least leaves.size()) with `filler`.
/// `leaves` is scratch space afterwards; it must not be empty.
Sha256Digest merkle_root(const LaneKernel& kernel, std::vector<Sha256Digest>& leaves, std::size_t width,
                         const Sha256Digest& filler);

/// The root of `width` (a power of two) leaves that are all zero: what stands for a piece past a file's end.
Sha256Digest merkle_filler(const LaneKernel& kernel, std::size_t width);

}  // namespace shoal::hashing
