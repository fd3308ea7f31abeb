#include "tracker/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/cli/run_cli.hpp"
#include "common/log.hpp"
#include "tracker/config.hpp"
#include "tracker/options.hpp"
#include "tracker/service.hpp"

namespace shoal::tracker {
namespace {

constexpr const char* kServing = "Serving";
constexpr const char* kAccess = "Who may use it";
constexpr const char* kAnswers = "What peers get";
constexpr const char* kOperator = "What the operator sees";

void add_file(CLI::App& app, const std::string& name, std::optional<std::filesystem::path>& file,
              const std::string& help, const char* group) {
    app.add_option_function<std::string>(
           name, [&file](const std::string& text) { file = text; }, help)
        ->type_name("FILE")
        ->check(not_empty())
        ->group(group);
}

template <class Number>
void add_number(CLI::App& app, const std::string& name, Number& number, const std::string& help,
                const char* group) {
    app.add_option(name, number, help)->type_name("N")->capture_default_str()->group(group);
}

void add_serving(CLI::App& app, Config& config) {
    add_endpoints(app, "--listen", config.listen,
                  "Address for HTTP and UDP; again for another one; port 0: any free port "
                  "(default: 0.0.0.0:6969, and [::]:6969 where there is IPv6)")
        ->group(kServing);
    app.add_option("--db", config.database,
                   "Where swarms outlive a restart; ':memory:' for nowhere; default: swarms.db in "
                   "$STATE_DIRECTORY, else shoal-tracker.db")
        ->type_name("FILE")
        ->group(kServing);
    app.add_option_function<std::string>(
           "--shared", [&config](const std::string& text) { config.shared = text; },
           "Share the swarms with the other trackers that use this Redis: "
           "redis://[:PASSWORD@]HOST[:PORT][,...][/DB], "
           "or redis+sentinel://[:PASSWORD@]HOST[:PORT][,...]/NAME[/DB]; "
           "with a password better in a file")
        ->type_name("URL")
        ->group(kServing);
    add_file(
        app, "--shared-file", config.shared_file,
        "A file that holds this URL; default: the credential shoal-tracker.shared of the service manager, "
        "if any",
        kServing);
    app.add_flag("--shared-optional", config.shared_optional,
                 "Begin alone where that Redis cannot be used, and share from when it can")
        ->group(kServing);
    app.add_option("--threads", config.threads, "Threads that answer; 0: one a core")
        ->check(CLI::Range(0u, 256u))
        ->capture_default_str()
        ->group(kServing);
    app.add_flag("--no-udp", config.no_udp, "Answer over HTTP only")->group(kServing);
    add_file(app, "--tls-cert", config.tls_certificate, "Speak HTTPS: the certificate and its chain, PEM",
             kServing);
    add_file(app, "--tls-key", config.tls_key, "The certificate's private key, PEM", kServing);
    add_number(app, "--max-connections", config.max_connections, "HTTP connections at a time", kServing);
    add_size(app, "--max-header-size", config.max_header_size, "Longest request line with its headers")
        ->group(kServing);
    add_duration(app, "--idle-timeout", config.idle_timeout, "When to close a connection that is silent")
        ->group(kServing);
}

void add_access(CLI::App& app, Config& config) {
    add_file(app, "--allow-list", config.allow_list,
             "Serve only the info-hashes in this file (one a line), and those registered through the API",
             kAccess);
    add_file(
        app, "--key-file", config.key_file,
        "Serve only announces to /announce/KEY with a key of this file, one 'KEY NAME' a line; default: the "
        "credential shoal-tracker.keys, if any",
        kAccess);
    app.add_option("--trusted-proxy", config.trusted_proxies,
                   "Believe X-Forwarded-For from this address or network; again for another one")
        ->type_name("CIDR")
        ->allow_extra_args(false)
        ->group(kAccess);
    app.add_option_function<std::string>(
           "--external-address",
           [&config](const std::string& text) {
               config.external_address = IpAddress::parse(text);
               if (!config.external_address)
                   throw CLI::ValidationError("--external-address", "'" + text + "' is not an IP address");
           },
           "This machine's address as other machines see it: handed out for peers that announce from "
           "loopback")
        ->type_name("ADDR")
        ->group(kAccess);
    add_number(app, "--max-requests-per-second", config.requests_per_second, "Of one address; 0: no limit",
               kAccess);
    add_number(app, "--max-swarms", config.max_swarms, "0: no cap", kAccess);
    add_number(app, "--max-peers-per-swarm", config.max_peers_per_swarm, "0: no cap", kAccess);
    add_number(app, "--max-peers-per-address", config.max_peers_per_address, "In one swarm; 0: no cap",
               kAccess);
}

void add_answers(CLI::App& app, Config& config) {
    add_duration(app, "--interval", config.interval, "How often peers announce")->group(kAnswers);
    add_duration(app, "--max-interval", config.max_interval,
                 "How rarely the seeds of a swarm that nobody joins any more may announce")
        ->group(kAnswers);
    add_number(app, "--numwant", config.numwant, "Peers in an answer to who does not say how many", kAnswers);
    add_number(app, "--max-peers", config.max_peers, "Most peers in one answer, up to 256", kAnswers);
    app.add_option("--site", config.sites,
                   "Machines that are near each other, and get more of each other; again for another site")
        ->type_name("NAME=CIDR[,CIDR]")
        ->allow_extra_args(false)
        ->group(kAnswers);
    add_number(app, "--site-share", config.site_share, "Share of an answer that comes from one's own site",
               kAnswers);
    app.add_option("--tracker-id", config.tracker_id,
                   "A name that clients say again as 'trackerid': lets a load balancer in front of several "
                   "trackers send each client to the one it knows")
        ->type_name("NAME")
        ->group(kAnswers);
}

void add_operator(CLI::App& app, Config& config) {
    app.add_option_function<std::string>(
           "--admin-token", [&config](const std::string& text) { config.admin_token = text; },
           "Lets who has it register torrents, by the API; better in a file")
        ->type_name("TOKEN")
        ->group(kOperator);
    add_file(app, "--admin-token-file", config.admin_token_file,
             "A file that holds this token; default: the credential shoal-tracker.admin-token, if any",
             kOperator);
    app.add_option("--log-format", config.log_format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str()
        ->group(kOperator);
    app.add_flag("-v,--verbose", config.verbose, "Log more")->group(kOperator);
    app.add_flag("--check-config", config.check_config, "Check the options and the files they name, and exit")
        ->configurable(false)
        ->group(kOperator);
}

void run(Config& config) {
    log::configure(config.verbose ? log::Level::kDebug : log::Level::kInfo,
                   config.log_format == "json" ? log::Format::kJson : log::Format::kText);
    read_secrets(config);
    if (config.check_config) {
        check_service(config);
        fmt::print("the configuration is valid\n");
    } else {
        run_service(config);
    }
}

}  // namespace

int run_app(int argc, char** argv) {
    Config config;
    // systemd's StateDirectory=, where the program runs as a service.
    if (const char* state = std::getenv("STATE_DIRECTORY"); state != nullptr && *state != '\0')
        config.database = (std::filesystem::path(state) / "swarms.db").string();
    return run_cli(argc, argv, "shoal-tracker", "A small BitTorrent tracker that keeps its swarms",
                   [&config](CLI::App& app) {
                       add_serving(app, config);
                       add_access(app, config);
                       add_answers(app, config);
                       add_operator(app, config);
                       show_in_help(
                           app, {"--listen", "--db", "--tls-cert", "--allow-list", "--key-file",
                                 "--external-address", "--interval", "--admin-token-file", "--check-config"});
                       app.footer(
                           "Examples:\n"
                           "  shoal-tracker --listen 0.0.0.0:6969 --db /var/lib/shoal-tracker/swarms.db\n"
                           "  shoal-tracker --config /etc/shoal-tracker/shoal-tracker.toml --check-config");
                       app.callback([&config] { run(config); });
                   });
}

}  // namespace shoal::tracker
