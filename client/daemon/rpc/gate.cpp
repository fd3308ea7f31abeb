#include "client/daemon/rpc/gate.hpp"

#include <algorithm>
#include <cctype>

#include "common/base64.hpp"
#include "common/ip_address.hpp"

namespace shoal::daemon {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Takes the same time wherever the difference is, so that a secret cannot be guessed byte by byte.
bool same_secret(std::string_view given, std::string_view secret) {
    unsigned difference = given.size() == secret.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
        difference |= static_cast<unsigned>(static_cast<unsigned char>(given[i] ^ expected));
    }
    return difference == 0;
}

/// "name:9091", "10.0.0.1", "[::1]:9091" -> the name or address alone.
std::string_view without_port(std::string_view host) {
    if (!host.empty() && host.front() == '[') {
        const auto end = host.find(']');
        return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
    }
    return host.substr(0, host.find(':'));
}

/// An address is safe: a page that was rebound to us was loaded under a name.
bool known_host(const GateRules& rules, std::string_view host) {
    const std::string_view name = without_port(host);
    if (name.empty()) return false;
    if (IpAddress::parse(name)) return true;
    if (equal_ignoring_case(name, "localhost") || equal_ignoring_case(name, "localhost.")) return true;
    return std::any_of(rules.host_names.begin(), rules.host_names.end(),
                       [name](const std::string& ours) { return equal_ignoring_case(name, ours); });
}

/// The control port serves no page, so whatever a browser sends on behalf of one is foreign.
bool from_a_web_page(const GateRequest& request) {
    if (!request.origin.empty()) return true;
    return !request.fetch_site.empty() && request.fetch_site != "none";
}

std::string_view after_scheme(std::string_view authorization, std::string_view scheme) {
    if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ') return {};
    if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
    return authorization.substr(scheme.size() + 1);
}

bool authorized(const GateRules& rules, std::string_view authorization) {
    if (rules.credentials.empty() && rules.token.empty()) return true;
    if (!rules.token.empty()) {
        if (same_secret(after_scheme(authorization, "Bearer"), rules.token)) return true;
    }
    if (rules.credentials.empty()) return false;
    const auto given = decode_base64(after_scheme(authorization, "Basic"));
    return given && same_secret(*given, rules.credentials);
}

GateVerdict judge_sender(const GateRules& rules, const GateRequest& request) {
    if (!rules.local_socket) {
        if (!known_host(rules, request.host)) {
            return {421,
                    "421: this name is not known here; use the address, or add the name with "
                    "--rpc-host-name"};
        }
        if (from_a_web_page(request)) return {403, "403: web pages may not use the control port"};
    }
    if (!authorized(rules, request.authorization))
        return {401, "401: user name and password, or token, needed"};
    return {};
}

}  // namespace

GateVerdict judge_rpc(const GateRules& rules, const GateRequest& request) {
    GateVerdict verdict = judge_sender(rules, request);
    if (verdict.status != 200) return verdict;
    if (request.method != "POST") return {405, "405: send a POST with a JSON body"};
    if (!same_secret(request.session_id, rules.session_id)) {
        return {409,
                "409: repeat the request with the header X-Transmission-Session-Id: " + rules.session_id};
    }
    return {};
}

GateVerdict judge_page(const GateRules& rules, const GateRequest& request) {
    GateVerdict verdict = judge_sender(rules, request);
    if (verdict.status != 200) return verdict;
    if (request.method != "GET") return {405, "405: only GET"};
    return {};
}

}  // namespace shoal::daemon
