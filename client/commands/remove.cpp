#include "client/commands/remove.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "client/commands/rpc_options.hpp"

namespace shoal::client {
namespace {

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
    bool delete_content = false;
};

}  // namespace

void setup_remove(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("remove", "Make the daemon forget torrents; their content stays");
    command->alias("rm");
    add_torrent_arguments(*command, options->torrents, true);
    command->add_flag("--delete-content", options->delete_content, "Delete the content too");
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal remove 3 --delete-content\n  shoal remove 5f3a09 --rpc @hosts.txt");
    command->callback([options] {
        act_on_torrents(options->rpc, options->torrents, "torrent-remove",
                        options->delete_content ? R"({"delete-local-data":true})" : "{}",
                        options->delete_content ? "deleted" : "removed");
    });
}

}  // namespace shoal::client
