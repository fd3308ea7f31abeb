#include "torrentgen/app.hpp"

#include <CLI/CLI.hpp>

#include "common/cli/run_cli.hpp"

namespace shoal::torrentgen {

int run_app(int argc, char** argv) {
    return run_cli(argc, argv, "torrentgen", "Make, show, verify and edit BitTorrent manifests",
                   [](CLI::App& app) { app.require_subcommand(0, 1); });
}

}  // namespace shoal::torrentgen
