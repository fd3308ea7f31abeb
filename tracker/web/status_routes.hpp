#pragma once

#include <functional>

#include "common/http/message.hpp"
#include "tracker/web/vitals.hpp"

namespace shoal::tracker {

class Api;

/// What people and their tools look at: /, /metrics, /healthz and, through the Api, /api/. Thread-safe.
class StatusRoutes {
  public:
    StatusRoutes(Api& api, std::function<Vitals()> vitals);

    /// False where the path is not one of these.
    bool handle(const http::Request& request, http::Response& response);

  private:
    void page(http::Response& response) const;
    void metrics(http::Response& response) const;
    void health(http::Response& response) const;

    Api& api_;
    std::function<Vitals()> vitals_;
};

}  // namespace shoal::tracker
