#include "client/commands/pause.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "client/commands/rpc_options.hpp"

namespace shoal::client {
namespace {

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
};

}  // namespace

void setup_pause(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("pause", "Make the daemon stop torrents");
    command->alias("stop");
    add_torrent_arguments(*command, options->torrents, true);
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal pause 3\n  shoal pause nightly --rpc node1 --rpc node2");
    command->callback(
        [options] { act_on_torrents(options->rpc, options->torrents, "torrent-stop", "{}", "paused"); });
}

}  // namespace shoal::client
