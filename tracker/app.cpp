#include "tracker/app.hpp"

#include <CLI/CLI.hpp>

#include "common/cli/run_cli.hpp"

namespace shoal::tracker {

int run_app(int argc, char** argv) {
    return run_cli(argc, argv, "shoal-tracker", "A small BitTorrent tracker that keeps its swarms",
                   [](CLI::App& app) { app.require_subcommand(0, 1); });
}

}  // namespace shoal::tracker
