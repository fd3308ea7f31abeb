#include "client/commands/status.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/commands/daemon_state.hpp"
#include "client/commands/rpc_options.hpp"
#include "client/remote/table.hpp"
#include "common/printable.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
};

std::string rate(std::uint64_t bytes) {
    return format_rate(static_cast<double>(bytes));
}

std::string limit_text(std::uint64_t limit) {
    return limit == 0 ? "no limit" : "at most " + rate(limit);
}

void line(const char* name, const std::string& value) {
    constexpr std::size_t kMost = 4096;
    fmt::print("{:<12} {}\n", name, printable(value, kMost));
}

void show_torrent(const remote::TorrentRow& row) {
    if (!row.host.empty()) line("host", row.host);
    line("torrent", fmt::format("{} {}", row.id, row.name));
    line("info-hash", row.hash);
    line("folder", row.folder);
    line("state", remote::state_text(row));
    if (row.error != 0) line("error", remote::error_text(row));
    line("done", fmt::format("{}, {} of {}", remote::percent_text(row.done), format_size(row.size - row.left),
                             format_size(row.size)));
    if (row.left > 0) line("time left", remote::eta_text(row));
    line("down", fmt::format("{}, {} in all, {}", rate(row.rate_down), format_size(row.downloaded),
                             limit_text(row.limit_down)));
    line("up", fmt::format("{}, {} in all, {}", rate(row.rate_up), format_size(row.uploaded),
                           limit_text(row.limit_up)));
    if (!row.slow_cause.empty()) line("slow", fmt::format("{}: {}", row.slow_cause, row.slow_why));
    for (const auto& [url, why] : row.web_seeds)
        if (!why.empty()) line("web seed", url + " " + why);
    line("ratio", remote::ratio_text(row));
    line("peers", std::to_string(row.peers));
    if (!row.labels.empty()) line("labels", fmt::format("{}", fmt::join(row.labels, ", ")));
}

std::string size_of(const json& state, const char* name) {
    return format_size(state.at(name).get<std::uint64_t>());
}

std::string running_for(const json& state) {
    return format_duration(std::chrono::seconds(state.at("seconds_up").get<std::int64_t>()));
}

void show_daemon(const json& state) {
    const auto count = [&](const char* name) { return state.at(name).get<std::uint64_t>(); };
    line("version", state.at("version"));
    line("running for", running_for(state));
    line("torrents",
         fmt::format("{}: {} transferring, {} paused", count("torrents"), count("active"), count("paused")));
    line("down", fmt::format("{}, {} in all", rate(count("rate_down")), size_of(state, "downloaded")));
    line("up", fmt::format("{}, {} in all", rate(count("rate_up")), size_of(state, "uploaded")));
    line("content", fmt::format("{} ({} free)", state.at("download_folder").get<std::string>(),
                                size_of(state, "free_bytes")));
    line("state", state.at("state_folder"));
}

/// A line each.
void show_daemons(const std::vector<remote::Reply<json>>& replies) {
    using remote::Table;
    constexpr auto kRight = Table::Align::kRight;
    Table table({{"HOST", Table::Align::kLeft, 8},
                 {"TORRENTS", kRight},
                 {"ACTIVE", kRight},
                 {"PAUSED", kRight, 0, 3},
                 {"DOWN", kRight},
                 {"UP", kRight, 0, 2},
                 {"FREE", kRight},
                 {"RUNNING", kRight, 0, 1},
                 {"VERSION", Table::Align::kLeft, 8, 4}});
    for (const auto& reply : replies) {
        if (!reply.answer) continue;
        const json& state = *reply.answer;
        table.add({reply.host, state.at("torrents").dump(), state.at("active").dump(),
                   state.at("paused").dump(), remote::rate_text(state.at("rate_down")),
                   remote::rate_text(state.at("rate_up")), size_of(state, "free_bytes"), running_for(state),
                   state.at("version").get<std::string>()});
    }
    fmt::print("{}", table.text(remote::terminal_width()));
}

void print(const json& document) {
    fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

void run_daemons(const Options& options) {
    const auto replies = ask_daemons<json>(options.rpc, daemon_state);
    if (!any_answer(replies)) return finish(replies);
    if (replies.size() == 1) {
        if (options.rpc.json) return print(*replies.front().answer);
        return show_daemon(*replies.front().answer);
    }
    if (options.rpc.json) {
        json list = json::array();
        for (const auto& reply : replies) {
            if (!reply.answer) continue;
            list.push_back(*reply.answer);
            list.back()["host"] = reply.host;
        }
        print(list);
    } else {
        show_daemons(replies);
    }
    finish(replies);
}

void run(const Options& options) {
    if (options.torrents.empty()) return run_daemons(options);
    const auto replies = ask_daemons<Rows>(options.rpc, [&](remote::RpcClient& client) {
        return find_torrents(client, options.torrents, true);
    });
    if (!any_answer(replies)) return finish(replies);
    const Rows rows = all_rows(replies);
    if (options.rpc.json) fmt::print("{}\n", rows_json(rows, true));
    for (std::size_t i = 0; i < rows.size() && !options.rpc.json; ++i) {
        if (i > 0) fmt::print("\n");
        show_torrent(rows[i]);
    }
    finish(replies);
}

}  // namespace

void setup_status(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("status", "Show how the daemon is, or all about some of its torrents");
    add_torrent_arguments(*command, options->torrents, false);
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal status\n  shoal status 3");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
