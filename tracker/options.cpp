#include "tracker/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>

#include "common/error.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint16_t kDefaultPort = 6969;
constexpr std::size_t kMostSites = 250;

[[noreturn]] void refuse(std::string_view option, std::string_view why, std::string_view advice) {
    throw Error(ExitCode::kUsage, option, why, advice);
}

UnixSeconds to_seconds(std::chrono::milliseconds duration) {
    return static_cast<UnixSeconds>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

IpNetwork parse_network(std::string_view option, std::string_view text) {
    const auto network = IpNetwork::parse(text);
    if (!network)
        refuse(option, fmt::format("'{}' is no network", text), "write it like 10.1.0.0/16 or 10.1.2.3");
    return *network;
}

/// NAME=CIDR[,CIDR]
Site parse_site(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
        refuse("--site", fmt::format("'{}' has no name", text),
               "write it like hall1=10.1.0.0/16,10.2.0.0/16");
    Site site{text.substr(0, equals), {}};
    std::string_view rest = std::string_view(text).substr(equals + 1);
    while (true) {
        const auto comma = rest.find(',');
        site.networks.push_back(parse_network("--site", rest.substr(0, comma)));
        if (comma == std::string_view::npos) return site;
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace

SwarmOptions swarm_options_of(const Config& config) {
    constexpr auto kLongest = std::chrono::hours(24);
    if (config.interval < std::chrono::seconds(1) || config.interval > kLongest)
        refuse("--interval", "it must be from 1s to 24h", "see 'shoal-tracker --help'");
    if (config.max_interval > kLongest)
        refuse("--max-interval", "it must be 24h at most", "choose a shorter one");
    if (config.site_share < 0 || config.site_share > 0.9)
        refuse("--site-share", "it must be from 0 to 0.9", "a site needs peers from elsewhere too");
    if (config.sites.size() > kMostSites)
        refuse("--site", fmt::format("there are {}", config.sites.size()), "250 are the most");
    SwarmOptions options;
    options.interval = to_seconds(config.interval);
    options.max_interval = std::max(options.interval, to_seconds(config.max_interval));
    options.numwant = std::min(config.numwant, config.max_peers);
    options.max_peers = config.max_peers;
    for (const std::string& site : config.sites) options.sites.push_back(parse_site(site));
    options.site_share = config.site_share;
    options.max_swarms = config.max_swarms;
    options.max_peers_per_swarm = config.max_peers_per_swarm;
    options.max_peers_per_address = config.max_peers_per_address;
    options.record_changes = config.database != ":memory:";
    return options;
}

AccessOptions access_options_of(const Config& config) {
    AccessOptions options;
    options.allow_list = config.allow_list;
    options.key_file = config.key_file;
    for (const std::string& proxy : config.trusted_proxies)
        options.trusted_proxies.push_back(parse_network("--trusted-proxy", proxy));
    options.requests_per_second = config.requests_per_second;
    options.external_address = config.external_address;
    return options;
}

RouteOptions route_options_of(const Config& config) {
    // It comes back in query strings, which a load balancer is to match as they are.
    constexpr std::string_view kUnreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::size_t kLongestTrackerId = 32;
    if (config.tracker_id.find_first_not_of(kUnreserved) != std::string::npos ||
        config.tracker_id.size() > kLongestTrackerId)
        refuse("--tracker-id",
               fmt::format("'{}' is not a short word of letters, digits and -._~", config.tracker_id),
               "write it like t1");
    RouteOptions options;
    options.tracker_id = config.tracker_id;
    return options;
}

http::ServerOptions server_options_of(const Config& config) {
    if (config.tls_certificate.has_value() != config.tls_key.has_value())
        refuse("--tls-cert", "it needs --tls-key, and the other way round", "name both files");
    http::ServerOptions options;
    options.listen = config.listen;
    if (options.listen.empty()) {
        options.listen.push_back({IpAddress::v4({}), kDefaultPort});
        if (http::ipv6_available()) options.listen.push_back({IpAddress::v6({}), kDefaultPort});
    }
    options.threads = threads_of(config);
    options.header_limit = config.max_header_size;
    options.max_connections = config.max_connections;
    options.idle_timeout = config.idle_timeout;
    if (config.tls_certificate) options.tls = http::TlsFiles{*config.tls_certificate, *config.tls_key};
    return options;
}

unsigned threads_of(const Config& config) {
    return config.threads != 0 ? config.threads : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace shoal::tracker
