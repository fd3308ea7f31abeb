#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/metrics/histogram.hpp"
#include "tracker/model/failure_counts.hpp"
#include "tracker/model/record.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {

/// How the whole program does, collected from its parts.
struct Vitals {
    UnixSeconds started = 0;
    SwarmTotals totals;
    std::uint64_t http_announces = 0;
    std::uint64_t http_scrapes = 0;
    std::uint64_t http_failures = 0;
    std::uint64_t http_requests = 0;
    std::uint64_t connections = 0;  ///< open now
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;
    std::uint64_t udp_connects = 0;
    std::uint64_t udp_announces = 0;
    std::uint64_t udp_scrapes = 0;
    std::uint64_t udp_errors = 0;
    FailureCounts::Map http_reasons;                 ///< of http_failures
    FailureCounts::Map udp_reasons;                  ///< of udp_errors
    metrics::Histogram::Counts http_announce_times;  ///< of http_announces
    metrics::Histogram::Counts udp_announce_times;
    bool persistent = false;
    bool store_healthy = true;
    bool store_file_lost = false;  ///< deleted or replaced since the start; not healthy then
    std::uint64_t store_transactions = 0;
    std::uint64_t store_records = 0;
    std::uint64_t store_failures = 0;
    UnixSeconds store_written_at = 0;
    bool shared = false;
    bool shared_healthy = true;        ///< both ways
    std::uint64_t shared_written = 0;  ///< records
    std::uint64_t shared_read = 0;
    std::uint64_t shared_refused = 0;        ///< values that were no records
    std::uint64_t shared_loads = 0;          ///< of everything
    std::uint32_t shared_lost_trackers = 0;  ///< silent, and did not leave
    UnixSeconds shared_written_at = 0;
    std::optional<std::int64_t> certificate_expires;  ///< Unix seconds; nothing without TLS
    std::uint64_t resident_bytes = 0;
};

/// What is wrong with the sharing, for /healthz; empty: nothing.
std::string_view shared_problem(const Vitals& vitals);

/// What is wrong with the store, for /healthz, the API and the page; empty: nothing.
std::string_view store_problem(const Vitals& vitals);

/// The page of Prometheus. All numbers are those that the parts keep anyway.
/// @param registered  the torrents with samples of their own; without progress a swarm has fewer. The first
///                    of them have also samples for each site, 10,000 together
std::string metrics_text(const Vitals& vitals, const std::vector<SwarmView>& registered);

}  // namespace shoal::tracker
