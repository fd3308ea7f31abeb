#include "client/remote/tracker_hosts.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/error.hpp"
#include "common/fetch/http_request.hpp"
#include "common/ip_address.hpp"

namespace shoal::remote {
namespace {

using nlohmann::json;

/// "http://tracker:6969" of its announce URL.
std::string root_of(const std::string& tracker) {
    const std::string url = tracker.find("://") == std::string::npos ? "http://" + tracker : tracker;
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        throw Error(ExitCode::kUsage, "--tracker " + tracker, "the tracker's API is asked by HTTP",
                    "write it like http://tracker:6969/announce");
    return url.substr(0, url.find('/', url.find("://") + 3));
}

/// Every entry of `list` of the pages of one path.
template <typename Take>
void read_pages(const std::string& path, const char* list, std::chrono::milliseconds patience,
                const Take& take) {
    constexpr std::size_t kMost = 256u << 20;
    json next = 0;
    while (!next.is_null()) {
        fetch::HttpRequest request;
        request.url = fmt::format("{}?limit=10000&offset={}", path, next.get<std::uint64_t>());
        request.proxy = false;  // the tracker is ours, not out on the web
        request.timeout = patience;
        const json page = json::parse(fetch::get_text(request, kMost));
        for (const json& one : page.at(list)) take(one);
        next = page.at("next");
    }
}

}  // namespace

std::vector<RpcAddress> tracker_hosts(const std::string& tracker, std::uint16_t rpc_port,
                                      std::chrono::milliseconds patience) {
    const std::string torrents = root_of(tracker) + "/api/v1/torrents";
    std::map<std::string, std::string> sites;
    try {
        std::vector<std::string> hashes;
        read_pages(torrents, "torrents", patience,
                   [&](const json& one) { hashes.push_back(one.at("info_hash").get<std::string>()); });
        for (const std::string& hash : hashes) {
            read_pages(torrents + "/" + hash, "peers", patience, [&](const json& peer) {
                const json& site = peer.at("site");
                sites[peer.at("host").get<std::string>()] = site.is_null() ? "" : site.get<std::string>();
            });
        }
    } catch (const json::exception& error) {
        throw Error(ExitCode::kFailed, torrents, "does not answer as shoal-tracker does",
                    "name the hosts with --rpc @FILE where the tracker is another program");
    }
    std::vector<RpcAddress> hosts;
    for (const auto& [host, site] : sites) {
        const auto address = IpAddress::parse(host);
        hosts.push_back(parse_rpc_address(address ? Endpoint{*address, rpc_port}.to_string()
                                                  : fmt::format("{}:{}", host, rpc_port)));
        hosts.back().site = site;
    }
    return hosts;
}

}  // namespace shoal::remote
