#include "tracker/web/status_routes.hpp"

#include <openssl/crypto.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "tracker/access/access_control.hpp"
#include "tracker/protocol/manifest_summary.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/page.hpp"
#include "tracker/web/status_json.hpp"

namespace shoal::tracker {
namespace {

constexpr std::string_view kTorrents = "/api/v1/torrents";
constexpr std::size_t kMostPeers = 10'000;        // of one torrent in the API
constexpr std::size_t kLeechersLookedAt = 2'000;  // of one swarm, for a list of all

void json(http::Response& response, std::string text) {
    response.content_type = "application/json";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = std::move(text);
    response.body += '\n';
}

void error(http::Response& response, int status, std::string_view text) {
    response.status = status;
    json(response, nlohmann::json{{"error", text}}.dump());
}

void method_not_allowed(http::Response& response, std::string_view allowed) {
    response.headers.emplace_back("Allow", allowed);
    error(response, 405, "this method is not for this path");
}

}  // namespace

StatusRoutes::StatusRoutes(SwarmTable& swarms, AccessControl& access, std::optional<std::string> admin_token,
                           std::function<UnixSeconds()> now, std::function<Vitals()> vitals)
    : swarms_(swarms),
      access_(access),
      admin_token_(std::move(admin_token)),
      now_(std::move(now)),
      vitals_(std::move(vitals)) {}

bool StatusRoutes::handle(const http::Request& request, http::Response& response) {
    const std::string_view path = request.path;
    if (path == kTorrents) {
        torrents(request, response);
        return true;
    }
    if (path.starts_with(kTorrents) && path[kTorrents.size()] == '/') {
        torrent(request, path.substr(kTorrents.size() + 1), response);
        return true;
    }
    if (path != "/" && path != "/healthz" && path != "/metrics" && path != "/api/v1/events") return false;
    if (request.method != "GET" && request.method != "HEAD") {
        method_not_allowed(response, "GET, HEAD");
    } else if (path == "/") {
        page(response);
    } else if (path == "/healthz") {
        health(response);
    } else if (path == "/metrics") {
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metrics_text(vitals_());
    } else {
        events(response);
    }
    return true;
}

void StatusRoutes::publish() {
    if (channel_->subscribers() > 0) channel_->publish("fleet", fleet());
}

std::string StatusRoutes::fleet() const {
    const UnixSeconds now = now_();
    return fleet_json(swarms_.swarms(now, kLeechersLookedAt), vitals_(), now);
}

void StatusRoutes::page(http::Response& response) const {
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'");
    response.body = page_html();
}

void StatusRoutes::events(http::Response& response) const {
    response.content_type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = http::event_frame("fleet", fleet());
    response.events = channel_;
}

void StatusRoutes::health(http::Response& response) const {
    // It answers announces in both cases: a load balancer must not take it away for a full disk.
    response.body = vitals_().store_healthy ? "ok\n" : "degraded: the database cannot be written\n";
}

void StatusRoutes::torrents(const http::Request& request, http::Response& response) {
    if (request.method == "GET" || request.method == "HEAD") {
        json(response, torrents_json(swarms_.swarms(now_(), kLeechersLookedAt)));
    } else if (request.method == "POST") {
        add_torrent(request, response);
    } else {
        method_not_allowed(response, "GET, HEAD, POST");
    }
}

void StatusRoutes::torrent(const http::Request& request, std::string_view hash, http::Response& response) {
    const auto info_hash = InfoHash::from_hex(hash);
    if (!info_hash) return error(response, 404, "an info-hash has 40 hex digits");
    if (request.method == "DELETE") {
        if (!authorized(request, response)) return;
        if (!swarms_.unregister_torrent(*info_hash))
            return error(response, 404, "this torrent is not registered");
        access_.disallow(*info_hash);
        return json(response, "{}");
    }
    if (request.method != "GET" && request.method != "HEAD")
        return method_not_allowed(response, "GET, HEAD, DELETE");
    const UnixSeconds now = now_();
    const auto swarm = swarms_.swarm(*info_hash, now);
    if (!swarm) return error(response, 404, "there is no such swarm");
    json(response, torrent_json(*swarm, swarms_.peers(*info_hash, now, kMostPeers), now));
}

void StatusRoutes::add_torrent(const http::Request& request, http::Response& response) {
    if (!authorized(request, response)) return;
    const auto summary = summarize_manifest(request.body);
    if (!summary) return error(response, 400, "the body is not a valid torrent file");
    nlohmann::ordered_json out{
        {"info_hashes", nlohmann::json::array()}, {"name", summary->name}, {"size", summary->size}};
    for (const InfoHash& info_hash : summary->info_hashes) {
        swarms_.register_torrent(info_hash, summary->name, summary->size, now_());
        access_.allow(info_hash);
        out["info_hashes"].push_back(info_hash.hex());
    }
    response.status = 201;
    json(response, out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

bool StatusRoutes::authorized(const http::Request& request, http::Response& response) const {
    if (!admin_token_) {
        error(response, 403, "this tracker was started without --admin-token");
        return false;
    }
    const std::string expected = "Bearer " + *admin_token_;
    const std::string_view given = request.header("Authorization");
    // In constant time, so that nobody can feel their way along the token.
    if (given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0)
        return true;
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    error(response, 401, "send the admin token as 'Authorization: Bearer TOKEN'");
    return false;
}

}  // namespace shoal::tracker
