#include "client/commands/common_options.hpp"

#include <CLI/CLI.hpp>

#include "client/source/resolve.hpp"
#include "common/cli/options.hpp"

namespace shoal::client {

void add_common_options(CLI::App& command, CommonOptions& options) {
    const char* const network = "Network";
    add_endpoints(
        command, "--listen", options.profile.listen,
        "Address and port to accept peers on, again for another one; port 0 is any free port. Without "
        "it: all addresses, port 6881 or a free one")
        ->group(network);
    command
        .add_option("--peer", options.peers,
                    "Connect to this peer at once, again for another one; needs no tracker")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false)
        ->group(network);
    add_rate(command, "--limit-up", options.profile.limit_up, "Send at most this much")->group(network);
    add_rate(command, "--limit-down", options.profile.limit_down, "Receive at most this much")
        ->group(network);
    command.add_flag("--no-dht", options.no_dht, "Find no peers through the DHT")->group(network);
    command.add_flag("--no-lsd", options.no_lsd, "Find no peers by multicast on the local network")
        ->group(network);
    command.add_flag("--no-pex", options.no_pex, "Exchange no peer addresses with other peers")
        ->group(network);
    command
        .add_option("--dht-bootstrap", options.profile.dht_bootstrap,
                    "A node to join the DHT through, again for another one; none is asked by default")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false)
        ->group(network);
    command.add_flag("--json", options.json, "Print one JSON object a line on standard output");
    command.add_flag("-q,--quiet", options.quiet, "Draw no progress and say only what went wrong");
}

SessionProfile session_profile(const CommonOptions& options, bool origin) {
    SessionProfile profile = options.profile;
    profile.dht = !options.no_dht;
    profile.lsd = !options.no_lsd;
    profile.pex = !options.no_pex;
    profile.origin = origin;
    return profile;
}

std::vector<Endpoint> resolve_peers(const std::vector<std::string>& peers) {
    std::vector<Endpoint> endpoints;
    for (const std::string& peer : peers) {
        const auto resolved = resolve(peer);
        endpoints.insert(endpoints.end(), resolved.begin(), resolved.end());
    }
    return endpoints;
}

}  // namespace shoal::client
