#include "tracker/access/access_control.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tracker/access/access_lists.hpp"
#include "tracker/access/rate_limiter.hpp"

namespace shoal::tracker {
namespace {

constexpr unsigned kRetryMinutes = 5;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Proxies write "10.0.0.1", "10.0.0.1:4711", "2001:db8::1" or "[2001:db8::1]:4711".
std::optional<IpAddress> parse_forwarded(std::string_view text) {
    if (const auto address = IpAddress::parse(text)) return address;
    if (const auto endpoint = Endpoint::parse(text)) return endpoint->address;
    if (text.starts_with('[') && text.ends_with(']'))
        return IpAddress::parse(text.substr(1, text.size() - 2));
    return std::nullopt;
}

}  // namespace

struct AccessControl::Impl {
    explicit Impl(AccessOptions o) : options(std::move(o)), limiter(options.requests_per_second) {}

    AccessOptions options;
    RateLimiter limiter;
    mutable std::shared_mutex mutex;
    std::unordered_set<InfoHash> allowed;     ///< from the file
    std::unordered_set<InfoHash> registered;  ///< through allow()
    std::unordered_map<std::string, std::string> keys;
};

AccessControl::AccessControl(AccessOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
    reload();
}

AccessControl::~AccessControl() = default;

void AccessControl::reload() {
    const AccessOptions& options = impl_->options;
    auto allowed = options.allow_list ? read_allow_list(*options.allow_list) : std::unordered_set<InfoHash>{};
    auto keys =
        options.key_file ? read_keys(*options.key_file) : std::unordered_map<std::string, std::string>{};
    const std::unique_lock lock(impl_->mutex);
    impl_->allowed = std::move(allowed);
    impl_->keys = std::move(keys);
}

void AccessControl::allow(const InfoHash& info_hash) {
    const std::unique_lock lock(impl_->mutex);
    impl_->registered.insert(info_hash);
}

void AccessControl::disallow(const InfoHash& info_hash) {
    const std::unique_lock lock(impl_->mutex);
    impl_->registered.erase(info_hash);
}

std::optional<Failure> AccessControl::check_key(std::string_view key) const {
    if (!impl_->options.key_file) return std::nullopt;
    if (key.empty()) return Failure{"this tracker asks for a key: announce to /announce/KEY"};
    const std::shared_lock lock(impl_->mutex);
    if (impl_->keys.contains(std::string(key))) return std::nullopt;
    return Failure{"this key is not valid here"};
}

std::optional<Failure> AccessControl::check_swarm(const InfoHash& info_hash) const {
    if (!impl_->options.allow_list) return std::nullopt;
    const std::shared_lock lock(impl_->mutex);
    if (impl_->allowed.contains(info_hash) || impl_->registered.contains(info_hash)) return std::nullopt;
    return Failure{"this torrent is not registered with this tracker", kRetryMinutes};
}

std::optional<Failure> AccessControl::check_rate(const IpAddress& source, std::uint64_t now) {
    if (impl_->options.requests_per_second == 0 || impl_->limiter.admit(source, now)) return std::nullopt;
    return Failure{"too many requests from this address", 1};
}

bool AccessControl::trusts(const IpAddress& proxy) const {
    const auto& proxies = impl_->options.trusted_proxies;
    return std::any_of(proxies.begin(), proxies.end(),
                       [&](const IpNetwork& network) { return network.contains(proxy); });
}

IpAddress AccessControl::source_of(const IpAddress& connection, std::string_view x_forwarded_for) const {
    IpAddress source = connection;
    while (!x_forwarded_for.empty() && trusts(source)) {
        const auto comma = x_forwarded_for.rfind(',');
        const auto last =
            comma == std::string_view::npos ? x_forwarded_for : x_forwarded_for.substr(comma + 1);
        const auto address = parse_forwarded(trimmed(last));
        if (!address) break;
        source = *address;
        x_forwarded_for =
            comma == std::string_view::npos ? std::string_view{} : x_forwarded_for.substr(0, comma);
    }
    return source;
}

PeerContact AccessControl::contact_of(const AnnounceRequest& request, const IpAddress& source,
                                      bool believed) const {
    PeerContact contact;
    contact.peer_id = request.peer_id;
    if (believed && (request.ip || request.ipv4 || request.ipv6)) {
        for (const auto& address : {request.ip, request.ipv4, request.ipv6}) {
            if (address) contact.set(*address, request.port);
        }
        return contact;
    }
    const auto& external = impl_->options.external_address;
    contact.set(source.is_loopback() && external ? *external : source, request.port);
    return contact;
}

std::string_view key_in_path(std::string_view path) {
    path = path.substr(0, path.find('?'));
    const auto slash = path.find('/', 1);
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
    while (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

}  // namespace shoal::tracker
