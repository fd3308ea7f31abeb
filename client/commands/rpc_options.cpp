#include "client/commands/rpc_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "client/commands/rpc_secret.hpp"
#include "common/error.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

/// Numbers as numbers, everything else as a hash.
json id_json(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
    return text;
}

bool names(const remote::TorrentRow& row, const json& id) {
    if (id.is_number()) return row.id == id.get<std::int64_t>();
    const auto& text = id.get_ref<const std::string&>();
    return std::equal(text.begin(),
                      text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), row.hash.size())),
                      row.hash.begin(), row.hash.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

void add_rpc_options(CLI::App& command, RpcOptions& options) {
    const char* const group = "Daemon";
    command.add_option("--rpc", options.rpc, "The daemon's control port, or unix:PATH, or a URL")
        ->type_name("ADDR:PORT")
        ->capture_default_str()
        ->group(group);
    command
        .add_option("--rpc-auth", options.rpc_auth,
                    "For the control port; better in SHOAL_RPC_AUTH or a file")
        ->type_name("USER:PASSWORD")
        ->group(group);
    command.add_option("--rpc-auth-file", options.rpc_auth_file, "A file that holds USER:PASSWORD")
        ->type_name("FILE")
        ->group(group);
    command.add_option("--rpc-token-file", options.rpc_token_file, "A file that holds a token")
        ->type_name("FILE")
        ->group(group);
    command.add_flag("--json", options.json, "Print one JSON document on standard output");
}

remote::RpcAddress rpc_address(const RpcOptions& options) {
    remote::RpcAddress address = remote::parse_rpc_address(options.rpc);
    address.credentials = rpc_credentials(options.rpc_auth, options.rpc_auth_file);
    if (!options.rpc_token_file.empty()) address.token = read_secret(options.rpc_token_file);
    return address;
}

void add_torrent_arguments(CLI::App& command, std::vector<std::string>& torrents, bool required) {
    command.add_option("TORRENT", torrents, "A number of 'shoal list', an info-hash, or 'all'")
        ->required(required);
}

std::vector<remote::TorrentRow> find_torrents(remote::RpcClient& client,
                                              const std::vector<std::string>& torrents, bool slow) {
    json arguments{{"fields", json::parse(remote::row_fields(slow))}};
    const bool all = torrents.empty() || std::find(torrents.begin(), torrents.end(), "all") != torrents.end();
    if (!all)
        for (const std::string& torrent : torrents) arguments["ids"].push_back(id_json(torrent));
    std::vector<remote::TorrentRow> rows = remote::read_rows(client.call("torrent-get", arguments.dump()));
    if (all) return rows;
    for (const json& id : arguments["ids"]) {
        if (std::none_of(rows.begin(), rows.end(), [&](const auto& row) { return names(row, id); })) {
            throw Error(ExitCode::kFailed, "torrent " + (id.is_string() ? id.get<std::string>() : id.dump()),
                        "the daemon does not have it", "see 'shoal list'");
        }
    }
    return rows;
}

std::string with_ids(const std::vector<remote::TorrentRow>& rows, const std::string& more) {
    json arguments = json::parse(more);
    arguments["ids"] = json::array();
    for (const remote::TorrentRow& row : rows) arguments["ids"].push_back(row.id);
    return arguments.dump();
}

std::string rows_json(const std::vector<remote::TorrentRow>& rows, bool slow) {
    json list = json::array();
    for (const remote::TorrentRow& row : rows) {
        json one{{"id", row.id},
                 {"name", row.name},
                 {"info_hash", row.hash},
                 {"folder", row.folder},
                 {"state", remote::state_text(row)},
                 {"done", row.done},
                 {"size", row.size},
                 {"left", row.left},
                 {"downloaded", row.downloaded},
                 {"uploaded", row.uploaded},
                 {"rate_down", row.rate_down},
                 {"rate_up", row.rate_up},
                 {"limit_down", row.limit_down},
                 {"limit_up", row.limit_up},
                 {"peers", row.peers},
                 {"labels", row.labels},
                 {"error", row.error_text}};
        if (slow) {
            one["slow"] = row.slow_cause.empty() ? json() : json(row.slow_cause);
            one["slow_why"] = row.slow_why.empty() ? json() : json(row.slow_why);
        }
        one["eta_seconds"] = row.eta < 0 ? json() : json(row.eta);
        one["ratio"] = row.ratio < 0 ? json() : json(row.ratio);
        list.push_back(std::move(one));
    }
    return list.dump(2, ' ', false, json::error_handler_t::replace);
}

void act_on_torrents(const RpcOptions& options, const std::vector<std::string>& torrents,
                     const std::string& method, const std::string& more, const std::string& done_word) {
    remote::RpcClient client(rpc_address(options));
    const std::vector<remote::TorrentRow> rows = find_torrents(client, torrents);
    if (!rows.empty()) client.call(method, with_ids(rows, more));
    if (options.json) {
        json list = json::array();
        for (const remote::TorrentRow& row : rows)
            list.push_back({{"id", row.id}, {"name", row.name}, {"info_hash", row.hash}});
        fmt::print("{}\n", list.dump(2, ' ', false, json::error_handler_t::replace));
        return;
    }
    for (const remote::TorrentRow& row : rows) fmt::print("{} {} {}\n", done_word, row.id, row.name);
}

}  // namespace shoal::client
