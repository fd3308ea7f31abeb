#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "common/http/message.hpp"
#include "common/ip_address.hpp"
#include "tracker/model/record.hpp"

namespace shoal::tracker {

class SwarmTable;

struct RouteOptions {
    std::size_t max_scrape = 100;  ///< info-hashes in one answer
    /// Handed out in place of the loopback address of peers on the tracker's own machine.
    std::optional<IpAddress> external_address;
};

/// Every path of the tracker's HTTP side. Thread-safe.
class Routes {
  public:
    Routes(SwarmTable& swarms, const RouteOptions& options, std::function<UnixSeconds()> now);

    void handle(const http::Request& request, http::Response& response) const;

  private:
    void announce(const http::Request& request, http::Response& response) const;
    void scrape(const http::Request& request, http::Response& response) const;

    SwarmTable& swarms_;
    RouteOptions options_;
    std::function<UnixSeconds()> now_;
};

}  // namespace shoal::tracker
