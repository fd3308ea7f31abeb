#include "client/commands/resume.hpp"

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

void setup_resume(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("resume", "Make the daemon start torrents");
    command->alias("start");
    add_torrent_arguments(*command, options->torrents, true);
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal resume all\n  shoal resume model.bin");
    command->callback(
        [options] { act_on_torrents(options->rpc, options->torrents, "torrent-start", "{}", "resumed"); });
}

}  // namespace shoal::client
