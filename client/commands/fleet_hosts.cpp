#include "client/commands/fleet_hosts.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "client/remote/tracker_hosts.hpp"
#include "common/cli/options.hpp"
#include "common/error.hpp"
#include "common/nearest.hpp"

namespace shoal::client {
namespace {

using Hosts = std::vector<remote::RpcAddress>;

/// The credentials' part is the same for all commands; only the hosts come from elsewhere.
Hosts tracked_hosts(const FleetHosts& options) {
    RpcOptions one = options.rpc;
    one.rpc = {"127.0.0.1"};
    const remote::RpcAddress credentials = daemons_of(one).front();
    Hosts hosts = remote::tracker_hosts(options.tracker, options.rpc_port, options.patience);
    for (remote::RpcAddress& host : hosts) {
        host.credentials = credentials.credentials;
        host.token = credentials.token;
    }
    return hosts;
}

/// Is it the host that `text` means: by the whole address, or without the port?
bool is_host(const remote::RpcAddress& host, const std::string& text) {
    if (host.name == text || host.url == remote::parse_rpc_address(text).url) return true;
    const auto colon = host.name.rfind(':');
    const std::string bare = host.name.substr(0, colon);
    return colon != std::string::npos && (bare == text || bare == "[" + text + "]");
}

void keep_sites(Hosts& hosts, const std::vector<std::string>& sites) {
    std::set<std::string> known;
    for (const remote::RpcAddress& host : hosts)
        if (!host.site.empty()) known.insert(host.site);
    for (const std::string& site : sites) {
        if (known.count(site) > 0) continue;
        const std::vector<std::string> names(known.begin(), known.end());
        const auto meant = nearest(site, names);
        throw Error(ExitCode::kNoPeer, "--site " + site, "no host is there",
                    meant ? fmt::format("did you mean '{}'?", *meant)
                    : names.empty()
                        ? "the tracker learns sites by its --site, a file has them behind the addresses"
                        : fmt::format("the sites are {}", fmt::join(names, ", ")));
    }
    hosts.erase(std::remove_if(hosts.begin(), hosts.end(),
                               [&](const remote::RpcAddress& host) {
                                   return std::find(sites.begin(), sites.end(), host.site) == sites.end();
                               }),
                hosts.end());
}

}  // namespace

void add_fleet_host_options(CLI::App& command, FleetHosts& hosts) {
    const char* const group = "Hosts";
    add_rpc_options(command, hosts.rpc);
    command.get_option("--rpc")
        ->description(
            "The hosts: @FILE with one a line, its site behind it, or HOST:PORT, unix:PATH, a URL; "
            "again or with commas for more")
        ->type_name("HOST")
        ->default_str("")
        ->group(group);
    command
        .add_option("-t,--tracker,--announce", hosts.tracker,
                    "The hosts that this tracker knows, by its announce URL; instead of --rpc")
        ->type_name("URL")
        ->group(group);
    command.add_option("--rpc-port", hosts.rpc_port, "Of the daemons on the tracker's hosts")
        ->check(CLI::Range(1, 65535))
        ->type_name("PORT")
        ->capture_default_str()
        ->group(group);
    command.add_option("--site", hosts.sites, "Only hosts of this site, again for another one")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->group(group);
    command.add_option("--except", hosts.except, "Not this host, again for another one")
        ->type_name("HOST")
        ->allow_extra_args(false)
        ->group(group);
    command.add_option("--parallel", hosts.parallel, "How many hosts are asked at a time")
        ->check(CLI::Range(1, 1024))
        ->type_name("NUMBER")
        ->capture_default_str()
        ->group(group);
    add_duration(command, "--host-timeout", hosts.patience, "How long a host may take for all of it")
        ->group(group);
}

std::vector<remote::RpcAddress> chosen_hosts(const FleetHosts& options) {
    if (options.rpc.rpc.empty() == options.tracker.empty()) {
        const bool both = !options.tracker.empty();
        throw Error(ExitCode::kUsage, "fleet",
                    both ? "--rpc and --tracker both say which hosts" : "which hosts?",
                    both ? "give one of them; SHOAL_RPC in the environment counts as --rpc"
                         : "name them with --rpc @FILE, or with --tracker URL those that the tracker knows");
    }
    if (options.patience.count() <= 0)
        throw Error(ExitCode::kUsage, "--host-timeout", "no host could answer in no time",
                    "write it like 30s");
    Hosts hosts = options.tracker.empty() ? daemons_of(options.rpc) : tracked_hosts(options);
    if (!options.sites.empty()) keep_sites(hosts, options.sites);
    const auto left_out = [&](const remote::RpcAddress& host) {
        return std::any_of(options.except.begin(), options.except.end(),
                           [&](const std::string& text) { return is_host(host, text); });
    };
    hosts.erase(std::remove_if(hosts.begin(), hosts.end(), left_out), hosts.end());
    if (hosts.empty())
        throw Error(ExitCode::kNoPeer, "fleet", "no host is left to ask",
                    options.tracker.empty() ? "--except names all of them"
                                            : "the tracker knows none, or --except names all");
    for (remote::RpcAddress& host : hosts) host.patience = options.patience;
    return hosts;
}

}  // namespace shoal::client
