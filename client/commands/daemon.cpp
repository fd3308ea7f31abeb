#include "client/commands/daemon.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "client/commands/rpc_secret.hpp"
#include "client/daemon/daemon.hpp"
#include "common/cli/options.hpp"
#include "common/cli/run_cli.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/log.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

const Endpoint kDefaultControl = *Endpoint::parse("127.0.0.1:9091");  // Transmission's port

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// systemd's StateDirectory=, or where the user's programs keep such things.
fs::path default_state_dir() {
    if (const std::string given = environment("STATE_DIRECTORY"); !given.empty()) return given;
    if (::geteuid() == 0) return "/var/lib/shoal";
    if (const std::string state = environment("XDG_STATE_HOME"); !state.empty())
        return fs::path(state) / "shoal";
    if (const std::string home = environment("HOME"); !home.empty())
        return fs::path(home) / ".local/state/shoal";
    throw Error(ExitCode::kUsage, "--state-dir", "missing, and there is no home folder",
                "name a folder for the state");
}

/// What a foreign web page cannot guess.
std::string random_session_id() {
    std::array<unsigned char, 24> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw Error(ExitCode::kFailed, "random numbers", "the system gives none");
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

void add_content_options(CLI::App& command, DaemonCommandOptions& options) {
    const char* const content = "Content";
    command
        .add_option(
            "--download-dir", options.download_dir,
            "Where content goes unless a request says otherwise; default: downloads/ in the state folder")
        ->type_name("DIR")
        ->group(content);
    command
        .add_option("--state-dir", options.state_dir,
                    "Torrents, progress and settings that survive a restart; default: $STATE_DIRECTORY, "
                    "/var/lib/shoal for root, else ~/.local/state/shoal")
        ->type_name("DIR")
        ->group(content);
    command
        .add_option("--watch-dir", options.watch_dir,
                    "Add every .torrent and .magnet file that is put here; it moves to added/, or to "
                    "refused/ with the reason")
        ->type_name("DIR")
        ->group(content);
    command
        .add_flag("--add-paused", options.add_paused,
                  "Torrents wait for 'shoal resume' unless the request says otherwise")
        ->group(content);
}

void add_hook_options(CLI::App& command, DaemonCommandOptions& options) {
    const char* const hooks = "Hooks";
    command
        .add_option("--on-done", options.on_done,
                    "Program (and arguments, no shell) to run when a torrent is complete; the facts are in "
                    "SHOAL_NAME, SHOAL_PATH, SHOAL_HASH, ...")
        ->type_name("CMD")
        ->group(hooks);
    command
        .add_option("--on-error", options.on_error,
                    "The same when a torrent has stopped, with the reason in SHOAL_ERROR")
        ->type_name("CMD")
        ->group(hooks);
    add_duration(command, "--hook-timeout", options.hook_timeout, "Kill a hook that runs longer")
        ->group(hooks);
}

void add_goal_options(CLI::App& command, DaemonCommandOptions& options) {
    const char* const goals = "Rates and goals";
    command
        .add_option("--rate", options.rates,
                    "Other limits by time of day, again for another rule; the first that fits wins: 'mon-fri "
                    "08:00-18:00 down=10MB/s up=2MB/s'")
        ->type_name("RULE")
        ->allow_extra_args(false)
        ->group(goals);
    command
        .add_option("--seed-ratio", options.seed_ratio,
                    "Stop a torrent that has sent this many times what it received")
        ->check(CLI::NonNegativeNumber)
        ->type_name("R")
        ->group(goals);
    add_duration(command, "--seed-for", options.seed_for, "Stop a torrent this long after it is complete")
        ->group(goals);
    add_duration(command, "--seed-idle", options.seed_idle,
                 "Stop a complete torrent that nobody has asked for this long")
        ->group(goals);
    command
        .add_option("--max-peers", options.max_peers,
                    "Connections of all torrents; default: 500, with --profile internet 200")
        ->check(CLI::Range(1, 65535))
        ->group(goals);
    command
        .add_option("--max-peers-per-torrent", options.max_peers_per_torrent,
                    "Connections of one torrent; default: 60, with --profile internet 50")
        ->check(CLI::Range(1, 65535))
        ->group(goals);
}

void add_control_options(CLI::App& command, DaemonCommandOptions& options) {
    const char* const control = "Control";
    add_endpoints(command, "--rpc-listen", options.rpc_listen,
                  "Address and port of the control port (Transmission RPC), again for another one; default: "
                  "127.0.0.1:9091")
        ->group(control);
    command.add_flag("--no-rpc-port", options.no_rpc_port, "No TCP control port, only --rpc-socket")
        ->group(control);
    command
        .add_option("--rpc-socket", options.rpc_socket,
                    "Unix socket for the same, open to its owner and group")
        ->type_name("PATH")
        ->group(control);
    command
        .add_option("--rpc-auth", options.rpc_auth,
                    "Needed on the control port; better in the environment (SHOAL_RPC_AUTH) or a file")
        ->type_name("USER:PASSWORD")
        ->group(control);
    command.add_option("--rpc-auth-file", options.rpc_auth_file, "A file that holds USER:PASSWORD")
        ->type_name("FILE")
        ->group(control);
    command
        .add_option("--rpc-token-file", options.rpc_token_file,
                    "A file that holds a token for 'Authorization: Bearer TOKEN'")
        ->type_name("FILE")
        ->group(control);
    command
        .add_option("--rpc-host-name", options.rpc_host_names,
                    "A name that clients may call this machine, again for another one; addresses and "
                    "localhost always work")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->group(control);
    add_endpoints(command, "--metrics-listen", options.metrics_listen,
                  "Show /metrics and /healthz here too, to everybody")
        ->group(control);
    command.add_option("--log-format", options.log_format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->group(control)
        ->capture_default_str();
    command.add_option("--log-level", options.log_level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->group(control)
        ->capture_default_str();
}

CLI::App* add_daemon(CLI::App& app, DaemonCommandOptions& options) {
    CLI::App* command =
        app.add_subcommand("daemon", "Run torrents for months, controlled by RPC, files and signals");
    add_content_options(*command, options);
    add_hook_options(*command, options);
    add_goal_options(*command, options);
    add_control_options(*command, options);
    add_common_options(*command, options.common);
    // What belongs to one transfer that somebody watches.
    for (const char* name : {"--peer", "--json", "--quiet"})
        command->remove_option(command->get_option(name));
    command->footer(
        "SIGHUP reads the configuration again: hooks, rates, goals and credentials change at once.\n"
        "Example:\n  shoal daemon --config /etc/shoal/daemon.toml\n"
        "  shoal daemon --download-dir /srv/content --watch-dir /srv/incoming --rpc-socket /run/shoal.sock");
    return command;
}

daemon::EngineOptions engine_options(const DaemonCommandOptions& options, const fs::path& state_dir) {
    const SessionProfile profile = session_profile(options.common, false);
    daemon::EngineOptions engine;
    daemon::SessionView& session = engine.session;
    session.state_folder = state_dir.string();
    session.download_folder =
        fs::absolute(options.download_dir.empty() ? state_dir / "downloads" : options.download_dir).string();
    session.limited_down = profile.limit_down > 0;
    session.limited_up = profile.limit_up > 0;
    session.limit_down = profile.limit_down;
    session.limit_up = profile.limit_up;
    session.ratio_limited = options.seed_ratio.has_value();
    session.ratio_limit = options.seed_ratio.value_or(session.ratio_limit);
    session.idle_limited = options.seed_idle.has_value();
    if (options.seed_idle)
        session.idle_minutes =
            static_cast<int>(std::chrono::ceil<std::chrono::minutes>(*options.seed_idle).count());
    session.start_added = !options.add_paused;
    const NetworkProfile& network = network_profile(profile.network);
    session.peer_limit = options.max_peers.value_or(network.session_connections);
    session.peer_limit_per_torrent = options.max_peers_per_torrent.value_or(network.daemon_connections);
    session.peer_port = profile.listen.empty() ? kDefaultPort : profile.listen.front().port;
    session.dht = profile.dht;
    session.lsd = profile.lsd;
    session.pex = profile.pex;
    session.utp = network.utp;
    session.map_ports = network.map_ports;
    session.done_hook = options.on_done;
    for (const std::string& rule : options.rates) engine.rate_rules.push_back(daemon::parse_rate_rule(rule));
    if (options.seed_for) engine.seed_seconds = std::max<std::int64_t>(1, options.seed_for->count() / 1000);
    return engine;
}

daemon::ControlOptions control_options(const DaemonCommandOptions& options) {
    daemon::ControlOptions control;
    if (!options.no_rpc_port)
        control.listen = options.rpc_listen.empty() ? std::vector{kDefaultControl} : options.rpc_listen;
    control.unix_socket = options.rpc_socket;
    control.metrics = options.metrics_listen;
    control.rules.session_id = random_session_id();
    control.rules.host_names = options.rpc_host_names;
    control.rules.credentials = rpc_credentials(options.rpc_auth, options.rpc_auth_file);
    if (!options.rpc_token_file.empty()) control.rules.token = read_secret(options.rpc_token_file);
    const bool open = control.rules.credentials.empty() && control.rules.token.empty();
    for (const Endpoint& endpoint : control.listen) {
        if (open && !endpoint.address.is_loopback()) {
            throw Error(ExitCode::kUsage, "--rpc-listen " + endpoint.to_string(),
                        "would let everybody who can reach it control this machine's torrents",
                        "add --rpc-auth-file or --rpc-token-file, or listen on 127.0.0.1 or a unix socket");
        }
    }
    return control;
}

daemon::DaemonOptions daemon_options(const DaemonCommandOptions& options) {
    daemon::DaemonOptions all;
    all.state_folder = fs::absolute(options.state_dir.empty() ? default_state_dir() : options.state_dir);
    all.profile = session_profile(options.common, false);
    all.engine = engine_options(options, all.state_folder);
    all.control = control_options(options);
    if (!options.watch_dir.empty()) all.watch_folder = fs::absolute(options.watch_dir);
    all.done_hook = options.on_done;
    all.error_hook = options.on_error;
    all.hook_time_limit = options.hook_timeout;
    all.notify_socket = environment("NOTIFY_SOCKET");
    return all;
}

/// The words after the program's name, as it was started.
std::vector<std::string> own_arguments() {
    const std::string all = read_file("/proc/self/cmdline", 4 << 20);
    std::vector<std::string> arguments;
    std::istringstream words(all);
    for (std::string word; std::getline(words, word, '\0');) arguments.push_back(word);
    if (!arguments.empty()) arguments.erase(arguments.begin());
    return arguments;
}

daemon::DaemonOptions reloaded_options() {
    DaemonCommandOptions fresh;
    parse_cli_again(own_arguments(), "shoal", [&](CLI::App& app) { add_daemon(app, fresh); });
    return daemon_options(fresh);
}

void configure_log(const DaemonCommandOptions& options) {
    const auto level = options.log_level == "debug"     ? log::Level::kDebug
                       : options.log_level == "warning" ? log::Level::kWarning
                       : options.log_level == "error"   ? log::Level::kError
                                                        : log::Level::kInfo;
    log::configure(level, options.log_format == "json" ? log::Format::kJson : log::Format::kText);
}

}  // namespace

void setup_daemon(CLI::App& app) {
    auto options = std::make_shared<DaemonCommandOptions>();
    add_daemon(app, *options)->callback([options] { run_daemon(*options); });
}

void run_daemon(const DaemonCommandOptions& options) {
    configure_log(options);
    const StopSignal stop;
    daemon::Daemon daemon(daemon_options(options), reloaded_options);
    daemon.run(stop);
}

}  // namespace shoal::client
