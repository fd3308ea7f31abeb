#include "tracker/shared/redis_address.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "common/error.hpp"
#include "common/ip_address.hpp"

namespace shoal::tracker {
namespace {

[[noreturn]] void refuse(std::string_view why) {
    throw Error(ExitCode::kUsage, "--shared", why, "write it like redis://:PASSWORD@10.0.0.5:6379/0");
}

std::optional<unsigned> parse_number(std::string_view text, unsigned base, unsigned most) {
    unsigned value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, static_cast<int>(base));
    if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
    return value;
}

std::string unescaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text[0] != '%') {
            out += text[0];
            text.remove_prefix(1);
            continue;
        }
        const auto byte = text.size() < 3 ? std::nullopt : parse_number(text.substr(1, 2), 16, 255);
        if (!byte) refuse("its password has an invalid % escape");
        out += static_cast<char>(*byte);
        text.remove_prefix(3);
    }
    return out;
}

/// HOST[:PORT] or [ADDR6][:PORT]
RedisNode parse_node(std::string_view text, std::uint16_t default_port) {
    RedisNode node;
    node.port = default_port;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        const auto literal = IpAddress::parse(text.substr(1, end - 1));
        if (end == std::string_view::npos || !literal || !literal->is_v6())
            refuse("what stands in brackets is no IPv6 address");
        node.host = std::string(text.substr(1, end - 1));
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        node.host = std::string(text.substr(0, colon));
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (node.host.empty()) refuse("it names no host");
    if (port.empty()) return node;
    const auto number = port[0] == ':' ? parse_port(port.substr(1)) : std::nullopt;
    if (!number || *number == 0) refuse("its port is no number from 1 to 65535");
    node.port = *number;
    return node;
}

/// What stands before the first separator, which is taken off with it; all of it where there is none.
std::string_view take_until(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    const std::string_view first = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return first;
}

}  // namespace

std::string RedisNode::to_string() const {
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

RedisAddress RedisAddress::parse(std::string_view url) {
    constexpr std::string_view kRedis = "redis://";
    constexpr std::string_view kSentinel = "redis+sentinel://";
    constexpr std::uint16_t kRedisPort = 6379;
    constexpr std::uint16_t kSentinelPort = 26379;
    constexpr unsigned kMostDatabases = 65535;
    if (url.starts_with("rediss://"))
        throw Error(
            ExitCode::kUsage, "--shared", "rediss:// is not spoken: hiredis brings no TLS here",
            "run stunnel or WireGuard to that Redis, and name the tunnel's end: redis://127.0.0.1:6379");
    const bool sentinel = url.starts_with(kSentinel);
    if (!sentinel && !url.starts_with(kRedis)) refuse("it does not begin with redis:// or redis+sentinel://");
    url.remove_prefix(sentinel ? kSentinel.size() : kRedis.size());
    RedisAddress address;
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = url.substr(0, at);
        if (!user.starts_with(':')) refuse("a user's name is not supported: only :PASSWORD@");
        address.password = unescaped(user.substr(1));
        url.remove_prefix(at + 1);
    }
    std::string_view nodes = take_until(url, '/');
    if (nodes.ends_with(',')) refuse("it names no host behind its last comma");
    do {
        address.nodes.push_back(parse_node(take_until(nodes, ','), sentinel ? kSentinelPort : kRedisPort));
    } while (!nodes.empty());
    if (sentinel) {
        address.master_name = std::string(take_until(url, '/'));
        if (address.master_name.empty())
            refuse(
                "it does not say by which name the Sentinels know their master: "
                "redis+sentinel://HOST:26379/NAME");
    }
    if (url.empty()) return address;
    const auto number = parse_number(url, 10, kMostDatabases);
    if (!number) refuse("its database is no number from 0 to 65535");
    address.database = *number;
    return address;
}

std::string RedisAddress::to_string() const {
    std::string text;
    for (const RedisNode& node : nodes) text += (text.empty() ? "" : ",") + node.to_string();
    if (!master_name.empty()) text += "/" + master_name;
    return text + "/" + std::to_string(database);
}

}  // namespace shoal::tracker
