#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/event_channel.hpp"
#include "common/http/message.hpp"
#include "tracker/model/record.hpp"
#include "tracker/web/channel_routes.hpp"
#include "tracker/web/vitals.hpp"

namespace shoal::tracker {

class AccessControl;
class SwarmTable;

struct ApiOptions {
    std::optional<std::string> admin_token;  ///< lets its bearer register torrents; none: nobody can
};

/// Everything under /api/: each answer is JSON (but the events), also each error. Thread-safe.
class Api {
  public:
    /// @param persist  writes what has changed; true when it is on the disk, or where there is no store
    Api(SwarmTable& swarms, AccessControl& access, ChannelTable& channels, ApiOptions options,
        std::function<UnixSeconds()> now, std::function<Vitals()> vitals, std::function<bool()> persist);

    [[nodiscard]] static bool owns(std::string_view path);
    void handle(const http::Request& request, http::Response& response);

    /// How long a request's body may be: a manifest needs more than others, from who may send one.
    [[nodiscard]] std::size_t body_limit(const http::Request& request) const;
    /// Puts into JSON what the server refused by itself. Leaves other paths' answers alone.
    void refuse(const http::Request& request, http::Response& response) const;

    /// Once a second: sends the state of the fleet to whoever has the page open, which costs nothing while
    /// nobody has, and now and then the heads of channels to who follows them.
    void publish();

    /// The registered torrents with their progress, for the metrics: the first `most` of the list.
    [[nodiscard]] std::vector<SwarmView> registered(std::size_t most) const;

  private:
    void torrents(const http::Request& request, http::Response& response);
    void torrent(const http::Request& request, std::string_view hash, http::Response& response);
    void list_torrents(const http::Request& request, http::Response& response) const;
    void add_torrent(const http::Request& request, http::Response& response);
    void remove_torrent(const http::Request& request, const InfoHash& info_hash, http::Response& response);
    void events(http::Response& response) const;
    /// Its swarms are registered like those that an operator sends.
    void allow(const channel::Release& release);
    [[nodiscard]] bool knows_token(const http::Request& request) const;
    [[nodiscard]] bool authorized(const http::Request& request, http::Response& response) const;
    [[nodiscard]] std::vector<SwarmView> with_progress(std::vector<SwarmView> views, std::size_t named) const;
    [[nodiscard]] std::string fleet() const;

    SwarmTable& swarms_;
    AccessControl& access_;
    ApiOptions options_;
    std::function<UnixSeconds()> now_;
    std::function<Vitals()> vitals_;
    std::function<bool()> persist_;
    ChannelRoutes channels_;
    std::shared_ptr<http::EventChannel> channel_ = std::make_shared<http::EventChannel>();
};

}  // namespace shoal::tracker
