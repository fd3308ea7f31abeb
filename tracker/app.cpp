#include "tracker/app.hpp"

#include <CLI/CLI.hpp>
#include <chrono>

#include "common/cli/options.hpp"
#include "common/cli/run_cli.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "tracker/config.hpp"
#include "tracker/service.hpp"

namespace shoal::tracker {
namespace {

void add_options(CLI::App& app, Config& config) {
    add_endpoints(app, "--listen", config.listen,
                  "Address to listen on; again for another one; port 0: any free port "
                  "(default: 0.0.0.0:6969, and [::]:6969 where there is IPv6)");
    app.add_option("--db", config.database, "Where swarms are kept over a restart; ':memory:' for nowhere")
        ->type_name("FILE")
        ->capture_default_str();
    add_duration(app, "--interval", config.interval, "How often peers announce");
    app.add_option("--threads", config.threads, "Threads that answer; 0: one a core")
        ->check(CLI::Range(0u, 256u))
        ->capture_default_str();
    app.add_option_function<std::string>(
           "--external-address",
           [&config](const std::string& text) {
               config.external_address = IpAddress::parse(text);
               if (!config.external_address)
                   throw CLI::ValidationError("--external-address", "'" + text + "' is not an IP address");
           },
           "This machine's address as other machines see it: handed out for peers that announce from "
           "loopback")
        ->type_name("ADDR");
    app.add_option("--log-format", config.log_format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.footer("Example: shoal-tracker --listen 0.0.0.0:6969 --db /var/lib/shoal-tracker/swarms.db");
}

void run(const Config& config) {
    if (config.interval < std::chrono::seconds(1) || config.interval > std::chrono::hours(24))
        throw Error(ExitCode::kUsage, "--interval", "it must be from 1s to 24h",
                    "see 'shoal-tracker --help'");
    log::configure(log::Level::kInfo, config.log_format == "json" ? log::Format::kJson : log::Format::kText);
    run_service(config);
}

}  // namespace

int run_app(int argc, char** argv) {
    Config config;
    return run_cli(argc, argv, "shoal-tracker", "A small BitTorrent tracker that keeps its swarms",
                   [&config](CLI::App& app) {
                       add_options(app, config);
                       app.callback([&config] { run(config); });
                   });
}

}  // namespace shoal::tracker
