#pragma once

#include "torrentgen/hashing/lane_kernel.hpp"

namespace shoal::hashing {

/// One lane on OpenSSL's assembler.
LaneKernel openssl_kernel(Algorithm algorithm);

}  // namespace shoal::hashing
