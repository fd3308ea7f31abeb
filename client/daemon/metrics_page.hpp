#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "client/daemon/engine.hpp"
#include "common/metrics/histogram.hpp"

namespace shoal::daemon {

/// What the daemon counts beside its torrents.
struct DaemonCounters {
    std::map<std::pair<std::string, std::string>, std::uint64_t> hooks;  ///< by event and outcome
    std::uint64_t watch_added = 0;
    std::uint64_t watch_refused = 0;
    std::uint64_t state_failures = 0;
    std::int64_t started_at = 0;  ///< seconds since 1970
    metrics::Histogram::Counts piece_hash;
    metrics::Histogram::Counts disk_write;
    std::optional<std::uint64_t> free_bytes;  ///< where content goes; nothing where the system does not tell
};

/// The page of Prometheus.
/// @param most  torrents with samples of their own: those in trouble, then those that are not complete, then
///              the newest. All others are only counted, so that a daemon with thousands of torrents costs
///              Prometheus no more than that
std::string metrics_page(const Engine& engine, const DaemonCounters& counters, std::size_t most);

}  // namespace shoal::daemon
