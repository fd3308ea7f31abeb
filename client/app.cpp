#include "client/app.hpp"

#include <CLI/CLI.hpp>

#include "client/commands/daemon.hpp"
#include "client/commands/get.hpp"
#include "client/commands/seed.hpp"
#include "client/commands/share.hpp"
#include "common/cli/run_cli.hpp"

namespace shoal::client {

int run_app(int argc, char** argv) {
    return run_cli(argc, argv, "shoal",
                   "Put a large file on a thousand machines in about the time of one copy",
                   [](CLI::App& app) {
                       app.require_subcommand(1);
                       setup_get(app);
                       setup_seed(app);
                       setup_share(app);
                       setup_daemon(app);
                   });
}

}  // namespace shoal::client
