#include "tracker/access/access_control.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tracker/access/access_lists.hpp"
#include "tracker/access/rate_limiter.hpp"
#include "tracker/model/address_scope.hpp"

namespace shoal::tracker {
namespace {

constexpr unsigned kRetryMinutes = 5;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// The last part of a list with commas, which is taken off.
std::string_view take_last_entry(std::string_view& list) {
    const auto comma = list.rfind(',');
    const std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    return trimmed(last);
}

/// Proxies write "10.0.0.1", "10.0.0.1:4711", "2001:db8::1", "[2001:db8::1]:4711" or "fe80::1%eth0".
std::optional<IpAddress> parse_address(std::string_view text) {
    if (const auto endpoint = Endpoint::parse(text)) return endpoint->address;
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    return IpAddress::parse(text.substr(0, text.find('%')));
}

/// Nothing for "unknown", and for 0.0.0.0 and ::, which name nobody either.
std::optional<IpAddress> parse_forwarded(std::string_view text) {
    const auto address = parse_address(text);
    return address && !address->is_unspecified() ? address : std::nullopt;
}

/// The port to hand out with that address; 0: none, it cannot be dialled.
std::uint16_t dialable_port(const IpAddress& address, std::uint16_t port) {
    // libtorrent says 1 where it does not listen, as some trackers refuse 0.
    constexpr std::uint16_t kNotListening = 1;
    PeerContact contact;
    contact.set(address, port);
    const AddressScope scope = address.is_v6() ? scope_of(contact.ipv6) : scope_of(contact.ipv4);
    return port == kNotListening || scope == AddressScope::kNowhere ? std::uint16_t{0} : port;
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

ListCounts AccessControl::counts() const {
    const std::shared_lock lock(impl_->mutex);
    ListCounts counts;
    if (impl_->options.allow_list) counts.allowed = impl_->allowed.size();
    if (impl_->options.key_file) counts.keys = impl_->keys.size();
    return counts;
}

void AccessControl::allow(const InfoHash& info_hash) {
    const std::unique_lock lock(impl_->mutex);
    impl_->registered.insert(info_hash);
}

void AccessControl::disallow(const InfoHash& info_hash) {
    const std::unique_lock lock(impl_->mutex);
    impl_->registered.erase(info_hash);
}

std::variant<Source, Failure> AccessControl::admit(const Caller& caller, const InfoHash* swarm,
                                                   std::uint64_t now) {
    const Source source = source_of(caller);
    if (impl_->options.requests_per_second != 0 && !impl_->limiter.admit(source.address, now))
        return Failure{"too many requests from this address", 1};
    if (const auto failure = check_lists(caller.key, swarm)) return *failure;
    return source;
}

std::optional<Failure> AccessControl::check_lists(std::string_view key, const InfoHash* swarm) const {
    const bool check_key = impl_->options.key_file.has_value();
    const bool check_swarm = swarm != nullptr && impl_->options.allow_list.has_value();
    if (!check_key && !check_swarm) return std::nullopt;
    if (check_key && key.empty()) return Failure{"this tracker asks for a key: announce to /KEY/announce"};
    const std::shared_lock lock(impl_->mutex);
    if (check_key && !impl_->keys.contains(std::string(key))) return Failure{"this key is not valid here"};
    if (check_swarm && !impl_->allowed.contains(*swarm) && !impl_->registered.contains(*swarm))
        return Failure{"this torrent is not registered with this tracker", kRetryMinutes};
    return std::nullopt;
}

bool AccessControl::trusts(const IpAddress& proxy) const {
    const auto& proxies = impl_->options.trusted_proxies;
    return std::any_of(proxies.begin(), proxies.end(),
                       [&](const IpNetwork& network) { return network.contains(proxy); });
}

Source AccessControl::source_of(const Caller& caller) const {
    Source source{caller.connection};
    source.believed = trusts(source.address);
    // Proxies add to the end: what stands before the first address that is no proxy of ours, anyone may have
    // written. A proxy may add to the last line, or add a line of its own.
    for (auto line = caller.forwarded_for.rbegin(); line != caller.forwarded_for.rend(); ++line) {
        for (std::string_view rest = *line; source.believed && !rest.empty();) {
            const std::string_view entry = take_last_entry(rest);
            if (entry.empty()) continue;
            const auto address = parse_forwarded(entry);
            if (!address) return {source.address, false, false};
            source.address = *address;
            source.believed = trusts(source.address);
        }
    }
    return source;
}

PeerContact AccessControl::contact_of(const AnnounceRequest& request, const Source& source) const {
    PeerContact contact;
    contact.peer_id = request.peer_id;
    bool can_be_dialled = source.known;
    if (source.believed) {
        for (const auto* claim : {&request.ip, &request.ipv4, &request.ipv6}) {
            if (!*claim) continue;
            const auto& [address, port] = **claim;
            contact.set(address, dialable_port(address, port != 0 ? port : request.port));
            can_be_dialled = false;  // at the proxy's own address
        }
        if (contact.has_ipv4() || contact.has_ipv6()) return contact;
    }
    const auto& external = impl_->options.external_address;
    const IpAddress address = source.address.is_loopback() && external ? *external : source.address;
    // The address of a proxy that hides its clients still tells them from those elsewhere.
    contact.set(address, can_be_dialled ? dialable_port(address, request.port) : std::uint16_t{0});
    return contact;
}

}  // namespace shoal::tracker
