#include "tracker/web/routes.hpp"

#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include "tracker/desk/announce_desk.hpp"
#include "tracker/protocol/announce_query.hpp"
#include "tracker/protocol/answer.hpp"
#include "tracker/protocol/tracker_path.hpp"
#include "tracker/web/status_routes.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint32_t kScrapeInterval = 10;  // seconds; a hint to clients

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

}  // namespace

Routes::Routes(AnnounceDesk& desk, StatusRoutes& status, const RouteOptions& options)
    : desk_(desk), status_(status), options_(options) {}

void Routes::handle(const http::Request& request, http::Response& response) {
    const TrackerPath path = parse_tracker_path(request.path);
    if (path.what == TrackerPath::What::kOther) {
        if (!status_.handle(request, response)) not_found(response);
        return;
    }
    if (request.method != "GET") return method_not_allowed(response);
    response.content_type = "text/plain";
    thread_local std::vector<std::string_view> forwarded_for;
    forwarded_for.clear();
    request.header_lines("X-Forwarded-For", forwarded_for);
    const Caller caller{request.remote.address, forwarded_for, path.key};
    const auto failure = path.what == TrackerPath::What::kAnnounce
                             ? announce(caller, request.query, response.body)
                             : scrape(caller, request.query, response.body);
    if (!failure) return;
    // Clients read a failure reason only from a 200.
    count(counters_.failures);
    counters_.reasons.count(*failure);
    write_failure(*failure, response.body);
}

std::optional<Failure> Routes::announce(const Caller& caller, std::string_view query, std::string& body) {
    const auto start = std::chrono::steady_clock::now();
    const auto parsed = parse_announce(query);
    thread_local AnnounceAnswer answer;
    if (const auto failure = desk_.announce(caller, parsed, answer)) return failure;
    answer.tracker_id = options_.tracker_id;
    write_announce(answer, std::get<AnnounceRequest>(parsed), body);
    count(counters_.announces);
    counters_.announce_times.count(std::chrono::steady_clock::now() - start);
    return std::nullopt;
}

std::optional<Failure> Routes::scrape(const Caller& caller, std::string_view query, std::string& body) {
    const auto parsed = parse_scrape(query, options_.max_scrape);
    std::vector<SwarmCounts> counts;
    if (const auto failure = desk_.scrape(caller, parsed, counts)) return failure;
    const auto& info_hashes = std::get<ScrapeRequest>(parsed).info_hashes;
    std::vector<std::pair<InfoHash, SwarmCounts>> entries;
    entries.reserve(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) entries.emplace_back(info_hashes[i], counts[i]);
    write_scrape(std::move(entries), kScrapeInterval, body);
    count(counters_.scrapes);
    return std::nullopt;
}

}  // namespace shoal::tracker
