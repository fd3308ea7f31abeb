#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/http/event_channel.hpp"
#include "common/http/message.hpp"
#include "tracker/model/record.hpp"
#include "tracker/web/vitals.hpp"

namespace shoal::tracker {

class AccessControl;
class SwarmTable;

/// What people and their tools look at: /, /api/v1/..., /metrics and /healthz. Thread-safe.
class StatusRoutes {
  public:
    /// @param admin_token  lets its bearer register torrents; none: nobody can
    StatusRoutes(SwarmTable& swarms, AccessControl& access, std::optional<std::string> admin_token,
                 std::function<UnixSeconds()> now, std::function<Vitals()> vitals);

    /// False where the path is not one of these.
    bool handle(const http::Request& request, http::Response& response);

    /// Sends the state of the fleet to whoever has the page open. Costs nothing while nobody has.
    void publish();

  private:
    void page(http::Response& response) const;
    void events(http::Response& response) const;
    void health(http::Response& response) const;
    void torrents(const http::Request& request, http::Response& response);
    void torrent(const http::Request& request, std::string_view hash, http::Response& response);
    void add_torrent(const http::Request& request, http::Response& response);
    [[nodiscard]] bool authorized(const http::Request& request, http::Response& response) const;
    [[nodiscard]] std::string fleet() const;

    SwarmTable& swarms_;
    AccessControl& access_;
    std::optional<std::string> admin_token_;
    std::function<UnixSeconds()> now_;
    std::function<Vitals()> vitals_;
    std::shared_ptr<http::EventChannel> channel_ = std::make_shared<http::EventChannel>();
};

}  // namespace shoal::tracker
