#include "client/commands/common_options.hpp"

#include <CLI/CLI.hpp>

#include "client/source/resolve.hpp"
#include "common/cli/options.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::client {

namespace {

void add_trust_options(CLI::App& command, CommonOptions& options) {
    const char* const trust = "Trust";
    command
        .add_option_function<std::vector<std::string>>(
            "--peers-from",
            [&profile = options.profile](const std::vector<std::string>& texts) {
                profile.peers_from.clear();
                for (const std::string& text : texts) {
                    const auto network = IpNetwork::parse(text);
                    if (!network)
                        throw CLI::ValidationError(
                            "--peers-from",
                            "'" + text + "' is not understood, write it like 10.0.0.0/8 or fd00::/8");
                    profile.peers_from.push_back(*network);
                }
            },
            "Talk only to peers of this network, again for another one; also a name for --peer is held to it")
        ->type_name("CIDR")
        ->allow_extra_args(false)
        ->group(trust);
    command
        .add_option_function<std::string>(
            "--encryption",
            [&profile = options.profile](const std::string& text) {
                profile.encryption = text == "required" ? Encryption::kRequired
                                     : text == "off"    ? Encryption::kOff
                                                        : Encryption::kAllowed;
            },
            "Of connections to peers: allowed takes both kinds, required only encrypted ones, off only plain "
            "ones")
        ->check(CLI::IsMember({"required", "allowed", "off"}))
        ->default_str("allowed")
        ->group(trust);
    command
        .add_option(
            "--cert", options.certificate,
            "Our certificate for SSL torrents (PEM): signed by the torrent's authority, for its name or '*'")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(trust);
    command.add_option("--key", options.private_key, "Its private key (PEM)")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(trust);
}

std::string read_pem(const std::filesystem::path& path, const std::string& what) {
    constexpr std::size_t kMaxBytes = 1u << 20;
    std::string text = read_file(path, kMaxBytes);
    if (text.find(what + "-----") == std::string::npos)
        throw Error(ExitCode::kUsage, path.string(), "holds no " + what, "a PEM file is needed");
    return text;
}

CLI::Validator at_most(std::size_t bytes) {
    return CLI::Validator(
        [bytes](const std::string& text) {
            return text.size() <= bytes
                       ? std::string()
                       : "is longer than " + std::to_string(bytes) + " bytes, use a shorter one";
        },
        "");
}

}  // namespace

void add_common_options(CLI::App& command, CommonOptions& options) {
    const char* const network = "Network";
    command
        .add_option_function<std::string>(
            "--profile",
            [&profile = options.profile](const std::string& name) {
                profile.network = parse_network(name).value_or(profile.network);
            },
            "The network that this runs on: fleet is one data centre, wan is our machines in several sites, "
            "internet is strangers and home routers (uTP, UPnP, no rationing)")
        ->check(CLI::IsMember({"fleet", "wan", "internet"}))
        ->default_str("fleet")
        ->group(network);
    command
        .add_option(
            "--rack", options.profile.rack,
            "The rack that this machine is in, any name that its other machines use too: peers of one "
            "rack serve each other first, and little goes through its uplink")
        ->type_name("NAME")
        ->check(at_most(kLongestRack))
        ->group(network);
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
        .add_option("--dht-bootstrap,--dht-node", options.profile.dht_bootstrap,
                    "A node to join the DHT through, again for another one; none is asked by default")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false)
        ->group(network);
    add_trust_options(command, options);
    command.add_flag("--json", options.json, "Print one JSON object a line on standard output");
    command.add_flag("-q,--quiet", options.quiet, "Draw no progress and say only what went wrong");
}

SessionProfile session_profile(const CommonOptions& options, bool origin) {
    SessionProfile profile = options.profile;
    profile.dht = !options.no_dht;
    profile.lsd = !options.no_lsd;
    profile.pex = !options.no_pex;
    profile.origin = origin;
    if (options.certificate.empty() != options.private_key.empty()) {
        throw Error(ExitCode::kUsage, "--cert and --key", "go together", "name both files");
    }
    if (!options.certificate.empty()) {
        profile.certificate = read_pem(options.certificate, "CERTIFICATE");
        profile.private_key = read_pem(options.private_key, "PRIVATE KEY");
    }
    return profile;
}

webseed::Rules web_seed_rules(const SessionProfile& profile) {
    return {profile.peers_from, !network_profile(profile.network).trusts_manifests};
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
