#include "tracker/web/routes.hpp"

#include <utility>
#include <vector>

#include "tracker/access/access_control.hpp"
#include "tracker/protocol/announce_query.hpp"
#include "tracker/protocol/answer.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/status_routes.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint32_t kScrapeInterval = 10;  // seconds; a hint to clients
constexpr std::uint64_t kMilliseconds = 1000;

void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

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

Routes::Routes(SwarmTable& swarms, AccessControl& access, StatusRoutes& status, const RouteOptions& options,
               std::function<UnixSeconds()> now)
    : swarms_(swarms), access_(access), status_(status), options_(options), now_(std::move(now)) {}

void Routes::handle(const http::Request& request, http::Response& response) {
    const bool is_announce = is_or_below(request.path, "/announce");
    if (is_announce || is_or_below(request.path, "/scrape")) {
        if (request.method != "GET") return method_not_allowed(response);
        response.content_type = "text/plain";
        if (const auto failure = is_announce ? announce(request, response) : scrape(request, response)) {
            // Clients read a failure reason only from a 200.
            count(counters_.failures);
            write_failure(*failure, response.body);
        }
    } else if (!status_.handle(request, response)) {
        not_found(response);
    }
}

IpAddress Routes::source_of(const http::Request& request) const {
    const IpAddress& connection = request.remote.address;
    if (!access_.trusts(connection)) return connection;
    return access_.source_of(connection, request.header("X-Forwarded-For"));
}

std::optional<Failure> Routes::announce(const http::Request& request, http::Response& response) {
    const UnixSeconds now = now_();
    const IpAddress source = source_of(request);
    if (const auto failure = access_.check_rate(source, now * kMilliseconds)) return failure;
    if (const auto failure = access_.check_key(key_in_path(request.path))) return failure;
    const auto parsed = parse_announce(request.query);
    if (const auto* failure = std::get_if<Failure>(&parsed)) return *failure;
    const auto& announce = std::get<AnnounceRequest>(parsed);
    if (const auto failure = access_.check_swarm(announce.info_hash)) return failure;
    // A proxy that names its client speaks for that client alone; one that does not is itself believed.
    const PeerContact contact = access_.contact_of(announce, source, access_.trusts(source));
    thread_local AnnounceAnswer answer;
    if (const auto failure = swarms_.announce(announce, contact, now, answer)) return failure;
    answer.external_ip = source;
    answer.tracker_id = options_.tracker_id;
    write_announce(answer, announce, response.body);
    count(counters_.announces);
    return std::nullopt;
}

std::optional<Failure> Routes::scrape(const http::Request& request, http::Response& response) {
    if (const auto failure = access_.check_rate(source_of(request), now_() * kMilliseconds)) return failure;
    if (const auto failure = access_.check_key(key_in_path(request.path))) return failure;
    const auto parsed = parse_scrape(request.query, options_.max_scrape);
    if (const auto* failure = std::get_if<Failure>(&parsed)) return *failure;
    const auto& scrape = std::get<ScrapeRequest>(parsed);
    if (scrape.info_hashes.empty())
        return Failure{"name the info_hash to scrape; a scrape of everything is not allowed"};
    std::vector<std::pair<InfoHash, SwarmCounts>> entries;
    entries.reserve(scrape.info_hashes.size());
    for (const InfoHash& info_hash : scrape.info_hashes)
        entries.emplace_back(info_hash, swarms_.scrape(info_hash));
    write_scrape(std::move(entries), kScrapeInterval, response.body);
    count(counters_.scrapes);
    return std::nullopt;
}

}  // namespace shoal::tracker
