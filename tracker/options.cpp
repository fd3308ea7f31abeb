#include "tracker/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "common/error.hpp"
#include "common/secret_file.hpp"
#include "tracker/model/address_scope.hpp"
#include "tracker/shared/redis_address.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint16_t kDefaultPort = 6969;
constexpr std::size_t kMostSites = 250;
constexpr std::uint32_t kMostPeers = 256;  // in one answer

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

template <class Value>
void check_range(std::string_view option, Value value, Value least, Value most, std::string_view text) {
    // The other way round it would let "not a number" through.
    if (!(value >= least && value <= most))
        refuse(option, fmt::format("it must be {}", text), "see 'shoal-tracker --help'");
}

void check_duration(std::string_view option, std::chrono::milliseconds value) {
    check_range<std::chrono::milliseconds>(option, value, std::chrono::seconds(1), std::chrono::hours(24),
                                           "from 1s to 24h");
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

/// A name or a network that stands in two sites is a slip of the pen: one of them would never count.
std::vector<Site> parse_sites(const std::vector<std::string>& texts) {
    if (texts.size() > kMostSites)
        refuse("--site", fmt::format("there are {}", texts.size()), "250 are the most");
    std::vector<Site> sites;
    std::set<std::string> names;
    std::set<IpNetwork> networks;
    for (const std::string& text : texts) {
        Site site = parse_site(text);
        if (!names.insert(site.name).second)
            refuse("--site", fmt::format("'{}' is there twice", site.name),
                   "write all networks of a site behind one name: NAME=CIDR,CIDR");
        for (const IpNetwork& network : site.networks) {
            if (!networks.insert(network).second)
                refuse("--site", fmt::format("{} is there twice", network.to_string()),
                       "leave it in one site only");
        }
        sites.push_back(std::move(site));
    }
    return sites;
}

void read_secret_into(std::optional<std::string>& value, const std::optional<std::filesystem::path>& file,
                      std::string_view option, std::string_view credential) {
    if (value && file)
        refuse(fmt::format("{}-file", option), fmt::format("{} is there too", option), "choose one of them");
    if (value) return;
    const std::filesystem::path path = file.value_or(credential_file(credential));
    if (!path.empty()) value = read_secret(path);
}

bool is_dialable(const IpAddress& address) {
    PeerContact contact;
    contact.set(address, kDefaultPort);
    const AddressScope scope = address.is_v6() ? scope_of(contact.ipv6) : scope_of(contact.ipv4);
    return scope == AddressScope::kLink || scope == AddressScope::kAnywhere;
}

bool can_stand_in_a_header(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isgraph(c) != 0; });
}

}  // namespace

void read_secrets(Config& config) {
    read_secret_into(config.admin_token, config.admin_token_file, "--admin-token",
                     "shoal-tracker.admin-token");
    read_secret_into(config.shared, config.shared_file, "--shared", "shoal-tracker.shared");
    if (config.key_file) return;
    const std::filesystem::path keys = credential_file("shoal-tracker.keys");
    if (!keys.empty()) config.key_file = keys;
}

void check_values(const Config& config) {
    if (config.database.empty())
        refuse("--db", "it is empty", "name a file, or ':memory:' to keep nothing over a restart");
    if (config.shared) RedisAddress::parse(*config.shared);
    if (config.shared_optional && !config.shared)
        refuse("--shared-optional", "there is no --shared", "name the Redis to share the swarms through");
    if (!config.admin_token) return;
    if (config.admin_token->empty())
        refuse("--admin-token", "it is empty", "choose a long one, or leave the option out");
    if (!can_stand_in_a_header(*config.admin_token))
        refuse("--admin-token", "it has blanks or letters that no HTTP header can carry",
               "use letters, digits and signs of ASCII");
}

SwarmOptions swarm_options_of(const Config& config) {
    check_duration("--interval", config.interval);
    check_duration("--max-interval", config.max_interval);
    check_range("--numwant", config.numwant, 1U, kMostPeers, "from 1 to 256");
    check_range("--max-peers", config.max_peers, 1U, kMostPeers, "from 1 to 256");
    check_range("--site-share", config.site_share, 0.0, 0.9,
                "from 0 to 0.9: a site needs peers from elsewhere too");
    SwarmOptions options;
    options.interval = to_seconds(config.interval);
    options.max_interval = std::max(options.interval, to_seconds(config.max_interval));
    options.numwant = std::min(config.numwant, config.max_peers);
    options.max_peers = config.max_peers;
    options.sites = parse_sites(config.sites);
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
    if (config.external_address && !is_dialable(*config.external_address))
        refuse("--external-address",
               fmt::format("no other machine can dial {}", config.external_address->to_string()),
               "name this machine's address on its network");
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
    constexpr std::uint64_t kLeastHeader = 1 << 10;
    constexpr std::uint64_t kMostHeader = 1 << 20;
    http::ServerOptions options;
    options.listen = config.listen;
    if (options.listen.empty()) {
        options.listen.push_back({IpAddress::v4({}), kDefaultPort});
        if (http::ipv6_available()) options.listen.push_back({IpAddress::v6({}), kDefaultPort});
    }
    std::set<Endpoint> doubled;
    for (const Endpoint& endpoint : options.listen) {
        if (endpoint.port != 0 && !doubled.insert(endpoint).second)
            refuse("--listen", fmt::format("{} is there twice", endpoint.to_string()), "name it once");
    }
    check_range("--max-connections", config.max_connections, std::size_t{1}, std::size_t{10'000'000},
                "from 1 to 10000000");
    check_range("--max-header-size", config.max_header_size, kLeastHeader, kMostHeader,
                "from 1KiB to 1MiB: an announce needs about 500 bytes, a scrape of 100 torrents 7.1 KB");
    check_duration("--idle-timeout", config.idle_timeout);
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
