#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "client/commands/rpc_options.hpp"
#include "client/remote/rpc_client.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

/// Which hosts of the fleet are asked, and how.
struct FleetHosts {
    RpcOptions rpc;  ///< --rpc and credentials; its `json` is the command's
    std::string tracker;
    std::vector<std::string> sites;
    std::vector<std::string> except;
    std::uint16_t rpc_port = 9091;
    std::size_t parallel = 32;
    std::chrono::milliseconds patience = std::chrono::seconds(30);
};

void add_fleet_host_options(CLI::App& command, FleetHosts& hosts);

/// At least one, each with its site as far as it is known, credentials and time limit. Throws Error: kUsage
/// where nothing says which hosts or two things do, kNoPeer where no host is left, and as parse_daemons and
/// tracker_hosts.
std::vector<remote::RpcAddress> chosen_hosts(const FleetHosts& hosts);

}  // namespace shoal::client
