#pragma once

#include <cstdint>

#include "torrentgen/manifest/create.hpp"

namespace shoal::manifest {

/// The size asked for, or the format's default. Throws Error (kUsage) that names the nearest right sizes.
std::uint32_t choose_piece_size(const CreateOptions& options);

}  // namespace shoal::manifest
