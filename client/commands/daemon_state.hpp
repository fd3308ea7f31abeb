#pragma once

#include <nlohmann/json_fwd.hpp>

#include "client/remote/rpc_client.hpp"

namespace shoal::client {

/// How a daemon is, as `status --json` shows it. Throws Error.
nlohmann::json daemon_state(remote::RpcClient& client);

}  // namespace shoal::client
