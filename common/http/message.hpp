#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::http {

class EventChannel;

struct Header {
    std::string_view name;
    std::string_view value;
};

/// One request, as views into the connection's buffers: valid only while the handler runs.
struct Request {
    std::string_view method;  ///< "GET"
    std::string_view path;    ///< before '?', still escaped
    std::string_view query;   ///< after '?', still escaped
    std::span<const Header> headers;
    std::string_view body;
    Endpoint remote;  ///< who sent it; a proxy's headers are not looked at
    bool tls = false;

    /// The first header of that name in any letter case; empty where there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// Adds the value of every header line of that name, in the order in which they came.
    void header_lines(std::string_view name, std::vector<std::string_view>& values) const;
};

/// What a handler fills in. It comes empty, with the capacity of earlier answers on the same connection.
struct Response {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool close = false;  ///< say `Connection: close` and hang up after this answer
    /// Server-sent events: after `body` (what a new client should know) the connection stays and gets
    /// whatever is published on the channel.
    std::shared_ptr<EventChannel> events;

    void clear();
};

}  // namespace shoal::http
