#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/http/event_channel.hpp"
#include "common/http/message.hpp"
#include "tracker/channels/channel_table.hpp"
#include "tracker/model/record.hpp"

namespace shoal::tracker {

/// /api/v1/channels and what is below it. Thread-safe.
class ChannelRoutes {
  public:
    struct Calls {
        /// Has the request the admin token? Else the answer says so.
        std::function<bool(const http::Request&, http::Response&)> authorized;
        /// As Api's.
        std::function<bool()> persist;
        std::function<UnixSeconds()> now;
        /// Called for each release that was published: its peers may announce it.
        std::function<void(const channel::Release&)> published;
    };

    ChannelRoutes(ChannelTable& channels, Calls calls);

    [[nodiscard]] static bool owns(std::string_view path);
    void handle(const http::Request& request, http::Response& response);

    /// How many bytes a body may have with the admin token; without it the API's own limit holds.
    static constexpr std::size_t kMaxBodyBytes = kMaxReleaseManifestBytes + (std::size_t{64} << 10);

    /// Says the current heads again to who listens: a head that came between a listener's first answer and
    /// its joining would else be lost, and a connection that says nothing may be cut. Called once a second.
    void remind();

  private:
    void list(http::Response& response) const;
    void put_root(const http::Request& request, http::Response& response);
    void read(const http::Request& request, std::string_view name, http::Response& response);
    void publish(const http::Request& request, std::string_view name, http::Response& response);
    void remove(const http::Request& request, std::string_view name, http::Response& response);
    void listen(const ChannelView& view, http::Response& response);
    [[nodiscard]] std::shared_ptr<http::EventChannel> listeners_of(std::string_view name);
    void tell(const ChannelView& view);

    ChannelTable& channels_;
    Calls calls_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<http::EventChannel>, std::less<>> listeners_;
    unsigned seconds_ = 0;  ///< since the last reminder; of the thread that calls remind()
};

}  // namespace shoal::tracker
