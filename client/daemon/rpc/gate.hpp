#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::daemon {

/// Who may use the control port. Decided before a byte of the request's body is looked at.
struct GateRules {
    std::string session_id;  ///< that a client has to repeat: what a foreign web page cannot know
    std::vector<std::string> host_names;  ///< beside "localhost" and IP addresses
    std::string credentials;              ///< "user:password"; empty: none needed
    std::string token;                    ///< as "Authorization: Bearer TOKEN"; empty: none
    /// A unix socket: its permissions decide who may connect, and no browser can.
    bool local_socket = false;
};

/// What the gate looks at; absent headers are empty.
struct GateRequest {
    std::string_view method;
    std::string_view host;
    std::string_view origin;
    std::string_view fetch_site;  ///< Sec-Fetch-Site
    std::string_view authorization;
    std::string_view session_id;  ///< X-Transmission-Session-Id
};

struct GateVerdict {
    int status = 200;  ///< anything else is the answer
    std::string text;  ///< for the person who reads it
};

/// A request for the RPC path. 401 without the credentials, 403 from a web page, 409 without the session id
/// (which the caller then puts into the answer's headers), 421 under a host name that is not ours (DNS
/// rebinding), 405 for anything but POST.
GateVerdict judge_rpc(const GateRules& rules, const GateRequest& request);

/// A request for a page that only shows something: the same without the session id, and with GET.
GateVerdict judge_page(const GateRules& rules, const GateRequest& request);

}  // namespace shoal::daemon
