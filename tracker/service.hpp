#pragma once

#include "tracker/config.hpp"

namespace shoal::tracker {

/// Runs the tracker until SIGINT or SIGTERM. Throws Error where it cannot start.
void run_service(const Config& config);

}  // namespace shoal::tracker
