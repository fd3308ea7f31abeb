#pragma once

#include <chrono>
#include <memory>

#include "tracker/shared/redis_address.hpp"
#include "tracker/shared/redis_connection.hpp"

namespace shoal::tracker {

/// Connects to the Redis that takes writes: of several addresses the one that is the master, of Sentinels the
/// one that they name. Says password and database. Asked anew for each connection, it follows a failover.
///
/// Throws RedisFailure, which tells of each address why it would not do; kRefused only where waiting helps at
/// none of them.
/// @param timeout  of connecting to each, and of each reply
std::unique_ptr<RedisConnection> connect_to_master(const RedisAddress& address,
                                                   std::chrono::milliseconds timeout);

}  // namespace shoal::tracker
