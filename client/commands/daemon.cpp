#include "client/commands/daemon.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "client/commands/daemon_config.hpp"
#include "client/daemon/daemon.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/cli/run_cli.hpp"
#include "common/file_io.hpp"
#include "common/log.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

namespace {

void add_content_options(CLI::App& command, DaemonCommandOptions& options) {
    const char* const content = "Content";
    command
        .add_option(
            "--download-dir", options.download_dir,
            "Where content goes unless a request says otherwise; default: downloads/ in the state folder")
        ->type_name("DIR")
        ->check(not_empty())
        ->group(content);
    command
        .add_option("--state-dir", options.state_dir,
                    "Torrents, progress and settings that survive a restart; default: $STATE_DIRECTORY, "
                    "/var/lib/shoal for root, else ~/.local/state/shoal")
        ->type_name("DIR")
        ->check(not_empty())
        ->group(content);
    command
        .add_option("--watch-dir", options.watch_dir,
                    "Add every .torrent and .magnet file put here; it moves to added/, or to "
                    "refused/ with the reason")
        ->type_name("DIR")
        ->check(not_empty())
        ->group(content);
    command
        .add_flag("--watch-replace", options.watch_replace,
                  "Torrents of the watch folder replace other content of their name, which they start from")
        ->group(content);
    command.add_flag("--keep-old", options.keep_old, "What a torrent replaces stays beside it as NAME.old")
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
                    "Program to run when a torrent is complete; arguments may follow, there is no shell; the "
                    "facts are in "
                    "SHOAL_HOOK_NAME, SHOAL_HOOK_PATH, SHOAL_HOOK_HASH, ...")
        ->type_name("CMD")
        ->group(hooks);
    command
        .add_option("--on-error", options.on_error,
                    "The same when a torrent has stopped, with the reason in SHOAL_HOOK_ERROR")
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
        ->check(not_empty())
        ->group(control);
    command
        .add_option("--rpc-auth", options.rpc_auth,
                    "Needed on the control port; better in the environment (SHOAL_DAEMON_RPC_AUTH) or a file")
        ->type_name("USER:PASSWORD")
        ->check(not_empty())
        ->group(control);
    command
        .add_option("--rpc-auth-file", options.rpc_auth_file,
                    "A file that holds USER:PASSWORD; default: the credential "
                    "shoal.rpc-auth of the service manager, if any")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(control);
    command
        .add_option("--rpc-token-file", options.rpc_token_file,
                    "A file that holds a token for 'Authorization: Bearer TOKEN'; default: the credential "
                    "shoal.rpc-token, if any")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(control);
    command
        .add_option("--rpc-host-name", options.rpc_host_names,
                    "A name that clients may call this machine, again for another one; addresses and "
                    "localhost always work")
        ->type_name("NAME")
        ->check(not_empty())
        ->allow_extra_args(false)
        ->group(control);
    add_endpoints(command, "--metrics-listen", options.metrics_listen,
                  "Show /metrics and /healthz here too, to everybody")
        ->group(control);
    command
        .add_option("--metrics-torrents", options.metrics_torrents,
                    "How many torrents /metrics names, the others are only counted; 0: none")
        ->check(CLI::Range(0, 10'000))
        ->group(control)
        ->capture_default_str();
    command.add_option("--log-format", options.log_format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->group(control)
        ->capture_default_str();
    command.add_option("--log-level", options.log_level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->group(control)
        ->capture_default_str();
}

void add_check(CLI::App& command, DaemonCommandOptions& options) {
    command
        .add_flag("--check-config", options.check_config,
                  "Check the options and the files they name, and exit")
        ->configurable(false)
        ->group("Control");
}

CLI::App* add_daemon(CLI::App& app, DaemonCommandOptions& options) {
    CLI::App* command =
        app.add_subcommand("daemon", "Run torrents for months, controlled by RPC, files and signals");
    add_content_options(*command, options);
    add_hook_options(*command, options);
    add_goal_options(*command, options);
    add_control_options(*command, options);
    add_check(*command, options);
    add_common_options(*command, options.common);
    // What belongs to one transfer that somebody watches.
    for (const char* name : {"--peer", "--json", "--quiet"})
        command->remove_option(command->get_option(name));
    show_in_help(*command, {"--download-dir", "--state-dir", "--watch-dir", "--listen", "--on-done",
                            "--rpc-listen", "--rpc-auth-file", "--check-config"});
    command->footer(
        "SIGHUP reads the configuration again: hooks, rates, goals and credentials change at once.\n"
        "Examples:\n  shoal daemon --config /etc/shoal/daemon.toml --check-config\n"
        "  shoal daemon --download-dir /srv/content --watch-dir /srv/incoming");
    return command;
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
    if (options.check_config) {
        check_files(options, daemon_options(options));
        fmt::print("the configuration is valid\n");
        return;
    }
    const StopSignal stop;
    daemon::Daemon daemon(daemon_options(options), reloaded_options);
    daemon.run(stop);
}

}  // namespace shoal::client
