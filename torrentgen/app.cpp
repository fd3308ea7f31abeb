#include "torrentgen/app.hpp"

#include <CLI/CLI.hpp>

#include "common/cli/run_cli.hpp"
#include "torrentgen/commands/commands.hpp"

namespace shoal::torrentgen {

int run_app(int argc, char** argv) {
    return run_cli(argc, argv, "torrentgen", "Make, show, verify and edit BitTorrent manifests",
                   [](CLI::App& app) {
                       app.require_subcommand(1);
                       setup_create(app);
                       setup_show(app);
                       setup_verify(app);
                       setup_edit(app);
                       setup_magnet(app);
                       app.footer(
                           "Examples:\n"
                           "  torrentgen create model.bin -a http://tracker:6969/announce\n"
                           "  torrentgen verify model.bin.torrent /srv/model.bin");
                   });
}

}  // namespace shoal::torrentgen
