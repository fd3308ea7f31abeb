#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/http/message.hpp"
#include "common/ip_address.hpp"
#include "tracker/model/record.hpp"

namespace shoal::tracker {

class AccessControl;
class StatusRoutes;
class SwarmTable;
struct AnnounceRequest;
struct Failure;

struct RouteOptions {
    std::size_t max_scrape = 100;  ///< info-hashes in one answer
    std::string tracker_id;        ///< for the clients to say again in later announces; empty: none
};

struct HttpCounters {
    std::atomic<std::uint64_t> announces{0};
    std::atomic<std::uint64_t> scrapes{0};
    std::atomic<std::uint64_t> failures{0};  ///< answered with a `failure reason`
};

/// Announce and scrape; what it does not know goes to StatusRoutes. Thread-safe.
class Routes {
  public:
    Routes(SwarmTable& swarms, AccessControl& access, StatusRoutes& status, const RouteOptions& options,
           std::function<UnixSeconds()> now);

    void handle(const http::Request& request, http::Response& response);
    [[nodiscard]] const HttpCounters& counters() const { return counters_; }

  private:
    std::optional<Failure> announce(const http::Request& request, http::Response& response);
    std::optional<Failure> scrape(const http::Request& request, http::Response& response);
    [[nodiscard]] IpAddress source_of(const http::Request& request) const;

    SwarmTable& swarms_;
    AccessControl& access_;
    StatusRoutes& status_;
    HttpCounters counters_;
    RouteOptions options_;
    std::function<UnixSeconds()> now_;
};

}  // namespace shoal::tracker
