#include "client/commands/list.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <memory>

#include "client/commands/rpc_options.hpp"
#include "client/remote/table.hpp"
#include "client/remote/torrent_match.hpp"
#include "common/nearest.hpp"
#include "common/printable.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
    remote::ListFilter filter;
    bool for_completion = false;
};

/// With the columns that these rows need.
std::string table_of(const Rows& rows, std::int64_t now) {
    using remote::Table;
    constexpr auto kRight = Table::Align::kRight;
    constexpr auto kLeft = Table::Align::kLeft;
    const auto any = [&](const auto& has) { return std::any_of(rows.begin(), rows.end(), has); };
    const bool hosts = any([](const remote::TorrentRow& row) { return !row.host.empty(); });
    const bool labels = any([](const remote::TorrentRow& row) { return !row.labels.empty(); });
    const bool errors = any([](const remote::TorrentRow& row) { return row.error != 0; });
    std::vector<Table::Column> columns;
    if (hosts) columns.push_back({"HOST", kLeft, 8});
    const std::vector<Table::Column> always{
        {"ID", kRight},         {"DONE", kRight},      {"SIZE", kRight, 0, 4},
        {"DOWN", kRight, 0, 3}, {"UP", kRight, 0, 6},  {"PEERS", kRight, 0, 7},
        {"LEFT", kRight, 0, 5}, {"AGE", kRight, 0, 2}, {"STATE", kLeft, 5}};
    columns.insert(columns.end(), always.begin(), always.end());
    if (labels) columns.push_back({"LABEL", kLeft, 6, 1});
    columns.push_back({"NAME", kLeft, 12});
    if (errors) columns.push_back({"ERROR", kLeft, 12});
    Table table(std::move(columns));
    for (const remote::TorrentRow& row : rows) {
        std::vector<std::string> cells;
        if (hosts) cells.push_back(row.host);
        const std::vector<std::string> always_there{
            std::to_string(row.id),         remote::percent_text(row.done),
            format_size(row.size),          remote::rate_text(row.rate_down),
            remote::rate_text(row.rate_up), std::to_string(row.peers),
            remote::eta_text(row),          remote::age_text(row, now),
            remote::state_text(row)};
        cells.insert(cells.end(), always_there.begin(), always_there.end());
        if (labels) cells.push_back(fmt::format("{}", fmt::join(row.labels, ",")));
        cells.push_back(row.name);
        if (errors) cells.push_back(remote::error_text(row));
        table.add(std::move(cells));
    }
    return table.text(remote::terminal_width());
}

/// What completions ask for: a line each, number, tab, name.
void print_for_completion(const Rows& rows) {
    for (const remote::TorrentRow& row : rows) fmt::print("{}\t{}\n", row.id, printable(row.name));
}

void run(const Options& options) {
    const auto replies = ask_daemons<Rows>(options.rpc, [&](remote::RpcClient& client) {
        return remote::filtered(find_torrents(client, options.torrents), options.filter);
    });
    if (!any_answer(replies)) return finish(replies);
    const Rows rows = all_rows(replies);
    const bool cut = !options.filter.labels.empty() || !options.filter.states.empty();
    if (options.for_completion) {
        print_for_completion(rows);
    } else if (options.rpc.json) {
        fmt::print("{}\n", rows_json(rows));
    } else if (!rows.empty()) {
        fmt::print("{}", table_of(rows, static_cast<std::int64_t>(std::time(nullptr))));
    } else {
        fmt::print("{}\n", cut ? "no such torrents" : "no torrents; 'shoal add' brings one");
    }
    finish(replies);
}

/// One of the words that are known; a slip gets the nearest.
CLI::Validator state_word() {
    return CLI::Validator(
        [](const std::string& text) {
            const auto& known = remote::state_words();
            if (std::find(known.begin(), known.end(), text) != known.end()) return std::string();
            const auto meant = nearest(text, known);
            return meant ? fmt::format("there is no state '{}': did you mean '{}'?", text, *meant)
                         : fmt::format("there is no state '{}': they are {}", text, fmt::join(known, ", "));
        },
        "");
}

}  // namespace

void setup_list(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("list", "Show the daemon's torrents, one a line");
    command->alias("ls");
    add_torrent_arguments(*command, options->torrents, false);
    command->add_option("--label", options->filter.labels, "Only what has this label, again for another one")
        ->type_name("WORD")
        ->allow_extra_args(false);
    command
        ->add_option("--state", options->filter.states,
                     fmt::format("Only what is in this state, again for another one: {}",
                                 fmt::join(remote::state_words(), ", ")))
        ->type_name("STATE")
        ->check(state_word())
        ->allow_extra_args(false);
    command->add_flag("--for-completion", options->for_completion, "Numbers and names")
        ->configurable(false)
        ->group("");  // for shells, not for people
    add_rpc_options(*command, options->rpc);
    command->footer(
        "Examples:\n  shoal list --state error --rpc @hosts.txt\n"
        "  shoal list --label nightly --json --rpc unix:/run/shoal/control.sock");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
