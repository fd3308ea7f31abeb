#include "client/commands/list.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "client/commands/rpc_options.hpp"
#include "client/remote/table.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
};

void run(const Options& options) {
    using remote::Table;
    remote::RpcClient client(rpc_address(options.rpc));
    const std::vector<remote::TorrentRow> rows = find_torrents(client, options.torrents);
    if (options.rpc.json) {
        fmt::print("{}\n", rows_json(rows));
        return;
    }
    if (rows.empty()) {
        fmt::print("no torrents; 'shoal add' brings one\n");
        return;
    }
    constexpr auto kRight = Table::Align::kRight;
    Table table({{"ID", kRight},
                 {"DONE", kRight},
                 {"SIZE", kRight},
                 {"DOWN", kRight},
                 {"UP", kRight},
                 {"PEERS", kRight},
                 {"LEFT", kRight},
                 {"STATE", Table::Align::kLeft},
                 {"NAME", Table::Align::kLeft}});
    for (const remote::TorrentRow& row : rows) {
        table.add({std::to_string(row.id), remote::percent_text(row.done), format_size(row.size),
                   remote::rate_text(row.rate_down), remote::rate_text(row.rate_up),
                   std::to_string(row.peers), remote::eta_text(row), remote::state_text(row), row.name});
    }
    fmt::print("{}", table.text(remote::terminal_width()));
}

}  // namespace

void setup_list(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("list", "Show the daemon's torrents, one a line");
    add_torrent_arguments(*command, options->torrents, false);
    add_rpc_options(*command, options->rpc);
    command->footer("Example:\n  shoal list\n  shoal list --json --rpc unix:/run/shoal/control.sock");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
