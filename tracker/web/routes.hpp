#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "common/metrics/histogram.hpp"
#include "tracker/model/failure_counts.hpp"

namespace shoal::tracker {

class AnnounceDesk;
class StatusRoutes;
struct Caller;

struct RouteOptions {
    std::size_t max_scrape = 100;  ///< info-hashes in one answer
    std::string tracker_id;        ///< for the clients to say again in later announces; empty: none
};

struct HttpCounters {
    std::atomic<std::uint64_t> announces{0};
    std::atomic<std::uint64_t> scrapes{0};
    std::atomic<std::uint64_t> failures{0};  ///< answered with a `failure reason`
    FailureCounts reasons;
    metrics::Histogram announce_times{metrics::fast_bounds()};  ///< of `announces`
};

/// Announce and scrape; what it does not know goes to StatusRoutes. Thread-safe.
class Routes {
  public:
    Routes(AnnounceDesk& desk, StatusRoutes& status, const RouteOptions& options);

    void handle(const http::Request& request, http::Response& response);
    [[nodiscard]] const HttpCounters& counters() const { return counters_; }

  private:
    std::optional<Failure> announce(const Caller& caller, std::string_view query, std::string& body);
    std::optional<Failure> scrape(const Caller& caller, std::string_view query, std::string& body);

    AnnounceDesk& desk_;
    StatusRoutes& status_;
    HttpCounters counters_;
    RouteOptions options_;
};

}  // namespace shoal::tracker
