#include "client/commands/status.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

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
    line("torrent", fmt::format("{} {}", row.id, row.name));
    line("info-hash", row.hash);
    line("folder", row.folder);
    line("state", remote::state_text(row));
    if (row.error != 0) line("error", row.error_text);
    line("done", fmt::format("{}, {} of {}", remote::percent_text(row.done), format_size(row.size - row.left),
                             format_size(row.size)));
    if (row.left > 0) line("time left", remote::eta_text(row));
    line("down", fmt::format("{}, {} in all, {}", rate(row.rate_down), format_size(row.downloaded),
                             limit_text(row.limit_down)));
    line("up", fmt::format("{}, {} in all, {}", rate(row.rate_up), format_size(row.uploaded),
                           limit_text(row.limit_up)));
    if (!row.slow_cause.empty()) line("slow", fmt::format("{}: {}", row.slow_cause, row.slow_why));
    line("ratio", remote::ratio_text(row));
    line("peers", std::to_string(row.peers));
    if (!row.labels.empty()) line("labels", fmt::format("{}", fmt::join(row.labels, ", ")));
}

void show_daemon(remote::RpcClient& client, bool as_json) {
    const json session =
        json::parse(client.call("session-get", R"({"fields":["version","download-dir","config-dir"]})"));
    const json stats = json::parse(client.call("session-stats", "{}"));
    const json space =
        json::parse(client.call("free-space", json{{"path", session.at("download-dir")}}.dump()));
    const auto count = [&](const char* name) { return stats.at(name).get<std::uint64_t>(); };
    const json& total = stats.at("cumulative-stats");
    if (as_json) {
        const json document{{"version", session.at("version")},
                            {"download_folder", session.at("download-dir")},
                            {"state_folder", session.at("config-dir")},
                            {"free_bytes", space.at("size-bytes")},
                            {"torrents", count("torrentCount")},
                            {"paused", count("pausedTorrentCount")},
                            {"active", count("activeTorrentCount")},
                            {"rate_down", count("downloadSpeed")},
                            {"rate_up", count("uploadSpeed")},
                            {"downloaded", total.at("downloadedBytes")},
                            {"uploaded", total.at("uploadedBytes")},
                            {"seconds_up", stats.at("current-stats").at("secondsActive")}};
        fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
        return;
    }
    line("version", session.at("version"));
    line("running for", format_duration(std::chrono::seconds(
                            stats.at("current-stats").at("secondsActive").get<std::int64_t>())));
    line("torrents", fmt::format("{}: {} transferring, {} paused", count("torrentCount"),
                                 count("activeTorrentCount"), count("pausedTorrentCount")));
    line("down", fmt::format("{}, {} in all", rate(count("downloadSpeed")),
                             format_size(total.at("downloadedBytes").get<std::uint64_t>())));
    line("up", fmt::format("{}, {} in all", rate(count("uploadSpeed")),
                           format_size(total.at("uploadedBytes").get<std::uint64_t>())));
    line("content", fmt::format("{} ({} free)", session.at("download-dir").get<std::string>(),
                                format_size(space.at("size-bytes").get<std::uint64_t>())));
    line("state", session.at("config-dir"));
}

void run(const Options& options) {
    remote::RpcClient client(rpc_address(options.rpc));
    if (options.torrents.empty()) return show_daemon(client, options.rpc.json);
    const std::vector<remote::TorrentRow> rows = find_torrents(client, options.torrents, true);
    if (options.rpc.json) {
        fmt::print("{}\n", rows_json(rows, true));
        return;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) fmt::print("\n");
        show_torrent(rows[i]);
    }
}

}  // namespace

void setup_status(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("status", "Show how the daemon is, or all about some of its torrents");
    add_torrent_arguments(*command, options->torrents, false);
    add_rpc_options(*command, options->rpc);
    command->footer("Example:\n  shoal status\n  shoal status 3");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
