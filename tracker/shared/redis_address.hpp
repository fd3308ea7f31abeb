#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::tracker {

/// One server, of Redis or of Redis Sentinel.
struct RedisNode {
    std::string host;
    std::uint16_t port = 6379;

    /// HOST:PORT; an IPv6 address in brackets.
    [[nodiscard]] std::string to_string() const;
    bool operator==(const RedisNode&) const = default;
};

/// Where the trackers' common Redis is.
struct RedisAddress {
    std::vector<RedisNode> nodes;  ///< one at least
    /// The name by which Sentinels know their master; then `nodes` are Sentinels. Empty: they are Redis.
    std::string master_name;
    std::string password;  ///< of Redis, not of Sentinel; empty: none is asked for
    unsigned database = 0;

    /// `redis://[:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/DB]`: of several the one that is the master.
    /// `redis+sentinel://[:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]/NAME[/DB]`: the master that those Sentinels
    /// know by that name. An IPv6 address stands in brackets, and %XX in a password for any byte. Throws
    /// Error (kUsage). The message does not tell the password.
    static RedisAddress parse(std::string_view url);
    /// For messages: as in the URL, without the password.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace shoal::tracker
