#include "tracker/web/status_routes.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "tracker/web/api.hpp"
#include "tracker/web/page.hpp"

namespace shoal::tracker {

StatusRoutes::StatusRoutes(Api& api, std::function<Vitals()> vitals)
    : api_(api), vitals_(std::move(vitals)) {}

bool StatusRoutes::handle(const http::Request& request, http::Response& response) {
    const std::string_view path = request.path;
    if (Api::owns(path)) {
        api_.handle(request, response);
        return true;
    }
    if (path != "/" && path != "/healthz" && path != "/metrics") return false;
    if (request.method != "GET" && request.method != "HEAD") {
        response.status = 405;
        response.headers.emplace_back("Allow", "GET, HEAD");
        response.body = "only GET and HEAD are answered here\n";
    } else if (path == "/") {
        page(response);
    } else if (path == "/healthz") {
        health(response);
    } else {
        metrics(response);
    }
    return true;
}

void StatusRoutes::page(http::Response& response) const {
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'");
    response.body = page_html();
}

void StatusRoutes::metrics(http::Response& response) const {
    // Each has some 14 samples: more torrents would be more than a scrape should carry.
    constexpr std::size_t kMostTorrents = 1000;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_text(vitals_(), api_.registered(kMostTorrents));
}

void StatusRoutes::health(http::Response& response) const {
    // It answers announces in both cases: a load balancer must not take it away for a full disk.
    const Vitals vitals = vitals_();
    response.body.clear();
    for (const std::string_view problem : {store_problem(vitals), shared_problem(vitals)}) {
        if (!problem.empty()) response.body += fmt::format("degraded: {}\n", problem);
    }
    if (response.body.empty()) response.body = "ok\n";
}

}  // namespace shoal::tracker
