#include "client/commands/daemon_config.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <set>
#include <sstream>
#include <string>

#include "client/commands/rpc_secret.hpp"
#include "client/daemon/hook_runner.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/http/server.hpp"
#include "common/log.hpp"
#include "common/secret_file.hpp"

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

void check_hook_timeout(std::chrono::milliseconds timeout) {
    if (timeout < std::chrono::seconds(1) || timeout > std::chrono::hours(24))
        throw Error(ExitCode::kUsage, "--hook-timeout", "it must be from 1s to 24h",
                    "see 'shoal daemon --help'");
}

void check_goal(const char* option, const std::optional<std::chrono::milliseconds>& goal) {
    constexpr auto kLongest = std::chrono::hours(24 * 3650);
    if (goal && *goal > kLongest)
        throw Error(ExitCode::kUsage, option, "it must be 3650d at most", "leave it out to seed without end");
}

void check_once(const std::string& option, const std::vector<Endpoint>& endpoints) {
    std::set<Endpoint> seen;
    for (const Endpoint& endpoint : endpoints) {
        if (endpoint.port != 0 && !seen.insert(endpoint).second)
            throw Error(ExitCode::kUsage, option, endpoint.to_string() + " is there twice", "name it once");
    }
}

/// Empty where the system does not tell.
std::string boot_of_machine() {
    try {
        constexpr std::size_t kMost = 100;
        return read_file("/proc/sys/kernel/random/boot_id", kMost);
    } catch (const Error&) {
        return {};
    }
}

daemon::EngineOptions engine_options(const DaemonCommandOptions& options, const fs::path& state_dir) {
    const SessionProfile profile = session_profile(options.common, false);
    check_once("--listen", profile.listen);
    check_goal("--seed-for", options.seed_for);
    check_goal("--seed-idle", options.seed_idle);
    if (options.seed_ratio && !std::isfinite(*options.seed_ratio))
        throw Error(ExitCode::kUsage, "--seed-ratio", "it is no number", "write it like 2.0");
    daemon::EngineOptions engine;
    engine.boot = boot_of_machine();
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
    engine.web_seeds = web_seed_rules(profile);
    session.utp = network.utp;
    session.map_ports = network.map_ports;
    session.done_hook = options.on_done;
    engine.done_hook = !options.on_done.empty();
    for (const std::string& rule : options.rates) engine.rate_rules.push_back(daemon::parse_rate_rule(rule));
    engine.keep_old = options.keep_old;
    if (options.seed_for) engine.seed_seconds = std::max<std::int64_t>(1, options.seed_for->count() / 1000);
    return engine;
}

daemon::ControlOptions control_options(const DaemonCommandOptions& options) {
    check_once("--rpc-listen", options.rpc_listen);
    check_once("--metrics-listen", options.metrics_listen);
    daemon::ControlOptions control;
    if (!options.no_rpc_port)
        control.listen = options.rpc_listen.empty() ? std::vector{kDefaultControl} : options.rpc_listen;
    control.unix_socket = options.rpc_socket;
    control.metrics = options.metrics_listen;
    control.rules.session_id = random_session_id();
    control.rules.host_names = options.rpc_host_names;
    control.rules.credentials =
        rpc_credentials(options.rpc_auth, options.rpc_auth_file.empty() ? credential_file("shoal.rpc-auth")
                                                                        : options.rpc_auth_file);
    if (control.rules.credentials.starts_with(':') || control.rules.credentials.ends_with(':'))
        throw Error(ExitCode::kUsage, "user and password", "one of them is empty",
                    "write them like USER:PASSWORD");
    const fs::path token_file =
        options.rpc_token_file.empty() ? credential_file("shoal.rpc-token") : options.rpc_token_file;
    if (!token_file.empty()) control.rules.token = read_secret(token_file);
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

void check_folder(const fs::path& folder) {
    if (folder.empty()) return;
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (status.type() == fs::file_type::not_found || status.type() == fs::file_type::directory) return;
    throw file_error(folder.string(), error ? error.value() : ENOTDIR);
}

/// A hook's program is an absolute path or found in PATH, as execvp(3) does.
void check_hook(const std::string& option, const std::string& command) {
    const std::vector<std::string> words = daemon::split_command(command);
    if (words.empty()) return;
    const std::string& program = words.front();
    const auto runs = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
    if (program.find('/') != std::string::npos) {
        if (!runs(program)) throw file_error(program, errno);
        return;
    }
    std::istringstream folders(environment("PATH"));
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (runs(folder + "/" + program)) return;
    }
    throw Error(ExitCode::kFileSystem, option, "'" + program + "' is in no folder of PATH",
                "name the program with its path");
}

void check_certificate(const CommonOptions& common) {
    if (common.certificate.empty()) return;
    http::ServerOptions server;
    server.tls = http::TlsFiles{common.certificate, common.private_key};
    const auto validity = http::check(server);
    const http::CertificateState state = state_of(*validity, std::time(nullptr));
    if (state == http::CertificateState::kGood) return;
    log::warning(state == http::CertificateState::kExpired ? "the certificate has expired, peers refuse it"
                 : state == http::CertificateState::kExpiresSoon
                     ? "the certificate expires soon"
                     : "the certificate is not valid yet, peers refuse it",
                 {{"file", common.certificate.string()},
                  {"valid_from", http::utc_text(validity->begin)},
                  {"valid_until", http::utc_text(validity->end)}});
}

}  // namespace

daemon::DaemonOptions daemon_options(const DaemonCommandOptions& options) {
    daemon::DaemonOptions all;
    all.state_folder = fs::absolute(options.state_dir.empty() ? default_state_dir() : options.state_dir);
    all.profile = session_profile(options.common, false);
    all.engine = engine_options(options, all.state_folder);
    all.control = control_options(options);
    if (!options.watch_dir.empty()) all.watch_folder = fs::absolute(options.watch_dir);
    all.watch_replace = options.watch_replace;
    all.metrics_torrents = options.metrics_torrents;
    all.done_hook = options.on_done;
    all.error_hook = options.on_error;
    check_hook_timeout(options.hook_timeout);
    all.hook_time_limit = options.hook_timeout;
    all.notify_socket = environment("NOTIFY_SOCKET");
    return all;
}

void check_files(const DaemonCommandOptions& options, const daemon::DaemonOptions& all) {
    check_folder(all.state_folder);
    check_folder(all.engine.session.download_folder);
    check_folder(all.watch_folder);
    check_hook("--on-done", all.done_hook);
    check_hook("--on-error", all.error_hook);
    check_certificate(options.common);
}

}  // namespace shoal::client
