#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "client/daemon/engine.hpp"

namespace shoal::daemon {

/// What the daemon counts beside its torrents.
struct DaemonCounters {
    std::map<std::pair<std::string, std::string>, std::uint64_t> hooks;  ///< by event and outcome
    std::uint64_t watch_added = 0;
    std::uint64_t watch_refused = 0;
    std::uint64_t state_failures = 0;
    std::int64_t started_at = 0;  ///< seconds since 1970
};

/// The text format of Prometheus, version 0.0.4. No metric has a torrent's name: with thousands of them, each
/// would be a time series of its own for ever.
std::string metrics_page(const Engine& engine, const DaemonCounters& counters);

}  // namespace shoal::daemon
