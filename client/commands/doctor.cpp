#include "client/commands/doctor.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/commands/common_options.hpp"
#include "client/commands/rpc_options.hpp"
#include "client/doctor/machine_checks.hpp"
#include "client/doctor/network_checks.hpp"
#include "client/remote/table.hpp"
#include "client/source/magnet.hpp"
#include "client/source/torrent_source.hpp"
#include "client/swarm/session_profile.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {
namespace {

using doctor::Check;
using nlohmann::ordered_json;

struct Options {
    std::string torrent;
    std::vector<std::string> trackers;
    std::vector<std::string> dht_nodes;
    std::vector<Endpoint> listen;
    std::filesystem::path target = ".";
    Network network = Network::kFleet;
    RpcOptions rpc;  ///< its `json` is the command's
};

/// What there is to ask, from the options and the torrent.
struct Subject {
    std::string info_hash;
    std::string manifest;  ///< its bytes; empty for a magnet link
    std::optional<std::uint64_t> bytes;
    std::vector<std::string> web_seeds;
    std::vector<std::string> trackers;
    std::vector<std::string> dht_nodes;
};

Subject subject_of(const Options& options) {
    Subject subject;
    if (!options.torrent.empty()) {
        const TorrentSource source = load_source(options.torrent, [] { return false; });
        if (source.magnet.empty()) {
            const manifest::Manifest manifest = manifest::parse_manifest(source.manifest, source.label);
            subject.info_hash = manifest.info_hash_v1;
            subject.bytes = manifest.total_size;
            subject.manifest = source.manifest;
            subject.web_seeds = manifest.web_seeds;
            for (const auto& tier : manifest.trackers)
                subject.trackers.insert(subject.trackers.end(), tier.begin(), tier.end());
            subject.dht_nodes = manifest.dht_nodes;
        } else {
            const Magnet magnet = parse_magnet(source.magnet);
            subject.info_hash = magnet.info_hash();
            subject.trackers = magnet.trackers;
            subject.web_seeds = magnet.web_seeds;
        }
    }
    subject.trackers.insert(subject.trackers.end(), options.trackers.begin(), options.trackers.end());
    subject.dht_nodes.insert(subject.dht_nodes.end(), options.dht_nodes.begin(), options.dht_nodes.end());
    return subject;
}

bool is_of_this_machine(const remote::RpcAddress& daemon) {
    const std::string host = daemon.url.substr(daemon.url.find("://") + 3);
    return !daemon.unix_socket.empty() || host.starts_with("127.") || host.starts_with("localhost") ||
           host.starts_with("[::1]");
}

/// Where the daemon of this machine accepts peers; nothing where none answers.
std::optional<std::uint16_t> daemons_port(const RpcOptions& options) {
    try {
        const remote::RpcAddress daemon = daemons_of(options).front();
        if (!is_of_this_machine(daemon)) return std::nullopt;
        remote::RpcClient client(daemon);
        const auto answer = ordered_json::parse(client.call("session-get", R"({"fields":["peer-port"]})"));
        return answer.at("peer-port").get<std::uint16_t>();
    } catch (const Error&) {
        return std::nullopt;  // no daemon, or one that does not talk to us: the port itself is looked at
    } catch (const ordered_json::exception&) {
        return std::nullopt;
    }
}

std::vector<Check> check_ports(const Options& options) {
    std::vector<Check> checks;
    const auto own = daemons_port(options.rpc);
    for (const Endpoint& endpoint : options.listen)
        checks.push_back(own == endpoint.port && endpoint.port != 0 ? doctor::check_daemons_port(*own)
                                                                    : doctor::check_port(endpoint, true));
    if (!options.listen.empty()) return checks;
    checks.push_back(
        own ? doctor::check_daemons_port(*own)
            : doctor::check_port(*Endpoint::parse(fmt::format("0.0.0.0:{}", kDefaultPort)), false));
    return checks;
}

Check check_web_seed(const std::string& url, const Subject& subject, const webseed::Rules& rules) {
    if (!subject.manifest.empty()) return doctor::check_web_seed(url, subject.manifest, rules);
    return {"web seed " + url, Check::State::kWarn,
            "not asked: a magnet link does not tell what it should have", "give the .torrent file instead"};
}

std::vector<Check> examine(const Options& options) {
    const Subject subject = subject_of(options);
    const bool strangers = !network_profile(options.network).trusts_manifests;
    std::vector<Check> checks = check_ports(options);
    checks.push_back(doctor::check_space(options.target, subject.bytes));
    checks.push_back(doctor::check_disk_speed(options.target));
    checks.push_back(doctor::check_file_limit());
    std::vector<std::int64_t> clocks;
    std::vector<Check> trackers;
    for (const std::string& url : subject.trackers) {
        const doctor::TrackerCheck tracker = doctor::check_tracker(url, subject.info_hash, strangers);
        trackers.push_back(tracker.check);
        if (tracker.clock) clocks.push_back(*tracker.clock);
    }
    checks.push_back(doctor::check_clock(clocks, static_cast<std::int64_t>(std::time(nullptr))));
    checks.insert(checks.end(), trackers.begin(), trackers.end());
    for (const std::string& url : subject.web_seeds)
        checks.push_back(check_web_seed(url, subject, {{}, strangers}));
    for (const std::string& node : subject.dht_nodes) checks.push_back(doctor::check_dht_node(node));
    return checks;
}

const char* word(Check::State state) {
    switch (state) {
        case Check::State::kOk:
            return "ok";
        case Check::State::kWarn:
            return "warn";
        case Check::State::kFail:
            break;
    }
    return "FAIL";
}

void print_table(const std::vector<Check>& checks) {
    remote::Table table({{""}, {"CHECK"}, {"FOUND"}});
    for (const Check& check : checks) {
        table.add({word(check.state), check.name, check.found});
        if (!check.advice.empty()) table.add({"", "", "-> " + check.advice});
    }
    fmt::print("{}", table.text(remote::terminal_width()));
}

void print_json(const std::vector<Check>& checks, bool ok) {
    ordered_json list = ordered_json::array();
    for (const Check& check : checks) {
        const std::string state = check.state == Check::State::kFail ? "fail" : word(check.state);
        list.push_back(
            {{"check", check.name}, {"state", state}, {"found", check.found}, {"advice", check.advice}});
    }
    const ordered_json report = {{"ok", ok}, {"checks", std::move(list)}};
    fmt::print("{}\n", report.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

void run(const Options& options) {
    const std::vector<Check> checks = examine(options);
    const auto failed = std::count_if(checks.begin(), checks.end(),
                                      [](const Check& check) { return check.state == Check::State::kFail; });
    if (options.rpc.json) {
        print_json(checks, failed == 0);
    } else {
        print_table(checks);
    }
    if (failed > 0) {
        throw Error(ExitCode::kFailed, "doctor", fmt::format("{} of {} checks failed", failed, checks.size()),
                    options.rpc.json ? "" : "see above");
    }
}

}  // namespace

void setup_doctor(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("doctor", "Check machine, trackers, web seeds and DHT, say what to do");
    command->add_option("TORRENT", options->torrent,
                        "Ask its trackers, web seeds and nodes, and look for room for it: a .torrent file, a "
                        "URL, or a magnet link");
    command
        ->add_option("--tracker,--announce", options->trackers, "Ask this tracker too, again for another one")
        ->type_name("URL")
        ->allow_extra_args(false);
    command
        ->add_option("--dht-bootstrap,--dht-node", options->dht_nodes,
                     "Ask this DHT node too, again for another one")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false);
    add_endpoints(*command, "--listen", options->listen,
                  "Where peers are to be accepted, again for another one; default: all addresses, port 6881");
    command->add_option("--to", options->target, "The folder to download into")
        ->type_name("DIR")
        ->default_str(".");
    command
        ->add_option_function<std::string>(
            "--profile",
            [options](const std::string& name) {
                options->network = parse_network(name).value_or(options->network);
            },
            "The network that a download would run on: some URLs are not asked on the internet")
        ->check(CLI::IsMember({"fleet", "wan", "internet"}))
        ->default_str("fleet");
    add_rpc_options(*command, options->rpc);
    show_in_help(*command,
                 {"--tracker", "--dht-bootstrap", "--listen", "--to", "--profile", "--rpc", "--json"});
    command->footer(
        "Ends with 0 where nothing failed (warnings do not count), 1 where something did.\n"
        "Examples:\n  shoal doctor model.torrent --to /srv/models\n"
        "  shoal doctor --tracker http://tracker:6969/announce --listen :6881");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
