#include "client/commands/verify.hpp"

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

void setup_verify(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("verify", "Make the daemon hash the content again");
    add_torrent_arguments(*command, options->torrents, true);
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal verify 3 7\n  shoal verify model.bin");
    command->callback(
        [options] { act_on_torrents(options->rpc, options->torrents, "torrent-verify", "{}", "checking"); });
}

}  // namespace shoal::client
