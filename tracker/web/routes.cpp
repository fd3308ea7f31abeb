#include "tracker/web/routes.hpp"

#include <utility>
#include <vector>

#include "tracker/protocol/announce_query.hpp"
#include "tracker/protocol/answer.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint32_t kScrapeInterval = 10;  // seconds; a hint to clients

void method_not_allowed(http::Response& response) {
    response.status = 405;
    response.headers.emplace_back("Allow", "GET");
    response.body = "only GET is answered here\n";
}

void not_found(http::Response& response) {
    response.status = 404;
    response.body = "there is nothing here; a tracker's paths are /announce and /scrape\n";
}

/// `/announce` and `/announce/KEY`.
bool is_or_below(std::string_view path, std::string_view base) {
    return path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/');
}

}  // namespace

Routes::Routes(SwarmTable& swarms, const RouteOptions& options, std::function<UnixSeconds()> now)
    : swarms_(swarms), options_(options), now_(std::move(now)) {}

void Routes::handle(const http::Request& request, http::Response& response) const {
    if (is_or_below(request.path, "/announce")) {
        request.method == "GET" ? announce(request, response) : method_not_allowed(response);
    } else if (is_or_below(request.path, "/scrape")) {
        request.method == "GET" ? scrape(request, response) : method_not_allowed(response);
    } else if (request.path == "/healthz") {
        response.body = "ok\n";
    } else {
        not_found(response);
    }
}

void Routes::announce(const http::Request& request, http::Response& response) const {
    response.content_type = "text/plain";
    const auto parsed = parse_announce(request.query);
    if (const auto* failure = std::get_if<Failure>(&parsed)) {
        write_failure(*failure, response.body);
        return;
    }
    const auto& announce = std::get<AnnounceRequest>(parsed);
    const IpAddress source = request.remote.address;
    PeerContact contact;
    contact.peer_id = announce.peer_id;
    contact.set(source.is_loopback() ? options_.external_address.value_or(source) : source, announce.port);
    thread_local AnnounceAnswer answer;
    swarms_.announce(announce, contact, now_(), answer);
    answer.external_ip = source;
    write_announce(answer, announce, response.body);
}

void Routes::scrape(const http::Request& request, http::Response& response) const {
    response.content_type = "text/plain";
    const auto parsed = parse_scrape(request.query, options_.max_scrape);
    if (const auto* failure = std::get_if<Failure>(&parsed)) {
        write_failure(*failure, response.body);
        return;
    }
    const auto& scrape = std::get<ScrapeRequest>(parsed);
    if (scrape.info_hashes.empty()) {
        write_failure({"name the info_hash to scrape; a scrape of everything is not allowed"}, response.body);
        return;
    }
    std::vector<std::pair<InfoHash, SwarmCounts>> entries;
    entries.reserve(scrape.info_hashes.size());
    for (const InfoHash& info_hash : scrape.info_hashes)
        entries.emplace_back(info_hash, swarms_.scrape(info_hash));
    write_scrape(std::move(entries), kScrapeInterval, response.body);
}

}  // namespace shoal::tracker
