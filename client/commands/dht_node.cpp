#include "client/commands/dht_node.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "client/commands/report.hpp"
#include "client/commands/session_events.hpp"
#include "client/swarm/swarm.hpp"
#include "common/cli/options.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

using namespace std::chrono_literals;

void setup_dht_node(CLI::App& app) {
    auto options = std::make_shared<DhtNodeOptions>();
    CLI::App* command =
        app.add_subcommand("dht-node", "Be a node of a private DHT that others bootstrap from");
    add_endpoints(
        *command, "--listen", options->common.profile.listen,
        "Address and UDP port, again for another one. Without it: all addresses, port 6881 or a free one");
    command
        ->add_option("--dht-bootstrap,--dht-node", options->common.profile.dht_bootstrap,
                     "Another node to join, again for another one")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false);
    command->add_flag("--json", options->common.json, "Print one JSON object a line on standard output");
    command->add_flag("-q,--quiet", options->common.quiet, "Say only what went wrong");
    command->footer(
        "Examples:\n  shoal dht-node --listen 10.0.0.1:6881\n"
        "  shoal dht-node --listen 10.0.0.2:6881 --dht-bootstrap 10.0.0.1:6881");
    command->callback([options] { run_dht_node(*options); });
}

void run_dht_node(const DhtNodeOptions& options) {
    StopSignal stop;
    Report report(options.common.json, options.common.quiet);
    try {
        SessionProfile profile = options.common.profile;
        profile.lsd = false;
        Swarm swarm(profile);
        SessionEvents session_events(report, !profile.listen.empty(), true);
        while (!stop.requested()) {
            for (const Event& event : swarm.wait(1s, stop.file_descriptor())) session_events.handle(event);
        }
    } catch (const Error& error) {
        report.failed({}, error);
        throw;
    }
}

}  // namespace shoal::client
