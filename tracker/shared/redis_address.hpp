#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::tracker {

/// Where the trackers' common Redis is.
struct RedisAddress {
    std::string host;
    std::uint16_t port = 6379;
    std::string password;  ///< empty: none is asked for
    unsigned database = 0;

    /// `redis://[:PASSWORD@]HOST[:PORT][/DB]`; an IPv6 address stands in brackets, and %XX in a password for
    /// any byte. Throws Error (kUsage). The message does not tell the password.
    static RedisAddress parse(std::string_view url);
    /// For messages: HOST:PORT/DB, without the password.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace shoal::tracker
