#include "tracker/shared/redis_master.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "common/ip_address.hpp"

namespace shoal::tracker {
namespace {

using Connection = std::unique_ptr<RedisConnection>;

/// A replica answers reads and refuses writes.
Connection connect_as_master(const RedisNode& node, const RedisAddress& address,
                             std::chrono::milliseconds timeout) {
    auto connection = std::make_unique<RedisConnection>(node, timeout);
    if (!address.password.empty()) connection->command({"AUTH", address.password});
    const RedisReply reply = connection->command({"ROLE"});
    const auto parts = list_of(*reply);
    const std::string_view role = parts.empty() ? std::string_view{} : text_of(*parts[0]);
    if (role == "sentinel")
        throw RedisFailure(RedisFailure::Kind::kRefused,
                           "it is a Sentinel: name it as redis+sentinel://HOST:PORT/NAME");
    if (role != "master")
        throw RedisFailure(RedisFailure::Kind::kAway, "it is a replica, and only the master takes writes");
    connection->command({"SELECT", std::to_string(address.database)});
    return connection;
}

/// The master as one Sentinel knows it, as the guidelines for Sentinel clients ask.
Connection connect_through_sentinel(const RedisNode& sentinel, const RedisAddress& address,
                                    std::chrono::milliseconds timeout) {
    RedisConnection asked(sentinel, timeout);
    const RedisReply reply = asked.command({"SENTINEL", "get-master-addr-by-name", address.master_name});
    const auto parts = list_of(*reply);
    if (parts.empty())
        throw RedisFailure(RedisFailure::Kind::kRefused,
                           "this Sentinel knows no master named '" + address.master_name + "'");
    const auto port = parts.size() == 2 ? parse_port(text_of(*parts[1])) : std::nullopt;
    if (!port) throw RedisFailure(RedisFailure::Kind::kAway, "this Sentinel replied no address");
    const RedisNode master{std::string(text_of(*parts[0])), *port};
    try {
        return connect_as_master(master, address, timeout);
    } catch (const RedisFailure& failure) {
        throw RedisFailure(failure.kind(), "its master " + master.to_string() + ": " + failure.what());
    }
}

}  // namespace

std::unique_ptr<RedisConnection> connect_to_master(const RedisAddress& address,
                                                   std::chrono::milliseconds timeout) {
    auto kind = RedisFailure::Kind::kRefused;
    std::string why;
    for (const RedisNode& node : address.nodes) {
        try {
            return address.master_name.empty() ? connect_as_master(node, address, timeout)
                                               : connect_through_sentinel(node, address, timeout);
        } catch (const RedisFailure& failure) {
            if (failure.kind() == RedisFailure::Kind::kAway) kind = RedisFailure::Kind::kAway;
            if (!why.empty()) why += "; ";
            if (address.nodes.size() > 1) why += node.to_string() + ": ";
            why += failure.what();
        }
    }
    throw RedisFailure(kind, why);
}

}  // namespace shoal::tracker
