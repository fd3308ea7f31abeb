#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "torrentgen/commands/commands.hpp"
#include "torrentgen/commands/output.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::torrentgen {
namespace {

struct Options {
    std::string torrent;
    std::vector<std::string> peers;
};

}  // namespace

void setup_magnet(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("magnet", "Print a manifest's magnet link");
    command->footer(
        "Examples:\n  torrentgen magnet model.bin.torrent\n"
        "  torrentgen magnet model.bin.torrent --peer 10.0.0.1:6881\n");
    command->add_option("torrent", options->torrent, "The manifest; - is standard input")
        ->required()
        ->type_name("TORRENT");
    command->add_option("--peer", options->peers, "A peer to ask first; repeatable")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false);
    command->callback([options] {
        const manifest::Manifest manifest = manifest::load_manifest(options->torrent);
        print_remark(manifest);
        fmt::print("{}\n", manifest::magnet_link(manifest, options->peers));
    });
}

}  // namespace shoal::torrentgen
