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
void parse_host(std::string_view text, RedisAddress& address) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        const auto literal = IpAddress::parse(text.substr(1, end - 1));
        if (end == std::string_view::npos || !literal || !literal->is_v6())
            refuse("what stands in brackets is no IPv6 address");
        address.host = std::string(text.substr(1, end - 1));
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        address.host = std::string(text.substr(0, colon));
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (address.host.empty()) refuse("it names no host");
    if (port.empty()) return;
    const auto number = port[0] == ':' ? parse_port(port.substr(1)) : std::nullopt;
    if (!number || *number == 0) refuse("its port is no number from 1 to 65535");
    address.port = *number;
}

}  // namespace

RedisAddress RedisAddress::parse(std::string_view url) {
    constexpr std::string_view kScheme = "redis://";
    constexpr unsigned kMostDatabases = 65535;
    if (!url.starts_with(kScheme)) refuse("it does not begin with redis://");
    url.remove_prefix(kScheme.size());
    RedisAddress address;
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = url.substr(0, at);
        if (!user.starts_with(':')) refuse("a user's name is not supported: only :PASSWORD@");
        address.password = unescaped(user.substr(1));
        url.remove_prefix(at + 1);
    }
    if (const auto slash = url.find('/'); slash != std::string_view::npos) {
        const auto number = parse_number(url.substr(slash + 1), 10, kMostDatabases);
        if (!number && slash + 1 != url.size()) refuse("its database is no number from 0 to 65535");
        address.database = number.value_or(0);
        url = url.substr(0, slash);
    }
    parse_host(url, address);
    return address;
}

std::string RedisAddress::to_string() const {
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}/{}", v6 ? "[" : "", host, v6 ? "]" : "", port, database);
}

}  // namespace shoal::tracker
