#pragma once

#include "tracker/config.hpp"

namespace shoal::tracker {

/// Runs the tracker until SIGINT or SIGTERM. Throws Error where it cannot start.
void run_service(const Config& config);

/// Throws what run_service() would throw for these options and the files that they name; opens no port and no
/// database.
void check_service(const Config& config);

}  // namespace shoal::tracker
