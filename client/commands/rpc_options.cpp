#include "client/commands/rpc_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "client/commands/rpc_secret.hpp"
#include "client/remote/torrent_match.hpp"
#include "common/cli/command_doc.hpp"
#include "common/error.hpp"
#include "common/printable.hpp"
#include "common/secret_file.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

constexpr const char* kThisMachine = "127.0.0.1:9091";

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 19 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

Rows fetch(remote::RpcClient& client, const json& ids, bool slow) {
    json arguments{{"fields", json::parse(remote::row_fields(slow))}};
    if (!ids.is_null()) arguments["ids"] = ids;
    return remote::read_rows(client.call("torrent-get", arguments.dump()));
}

json ids_of(const Rows& rows) {
    json ids = json::array();
    for (const remote::TorrentRow& row : rows) ids.push_back(row.id);
    return ids;
}

/// The rows of these numbers; fewer where the daemon does not have them.
Rows fetch_numbers(remote::RpcClient& client, const std::vector<std::string>& torrents) {
    json ids = json::array();
    for (const std::string& torrent : torrents) ids.push_back(std::stoll(torrent));
    return fetch(client, ids, false);
}

/// A hybrid torrent's v2 hash stands in no row, but its daemon knows it: the number instead.
std::string known_hash(remote::RpcClient& client, const std::string& torrent) {
    if (!remote::is_info_hash(torrent)) return torrent;
    const json found = json::parse(client.call(
        "torrent-get", json{{"ids", json::array({torrent})}, {"fields", json::array({"id"})}}.dump()));
    const json& torrents = found.at("torrents");
    return torrents.empty() ? torrent : torrents.at(0).at("id").dump();
}

Rows matching(remote::RpcClient& client, std::vector<std::string> torrents) {
    if (std::all_of(torrents.begin(), torrents.end(), is_number)) {
        const Rows rows = fetch_numbers(client, torrents);
        const auto is_there = [&](const std::string& torrent) {
            return std::any_of(rows.begin(), rows.end(), [&](const remote::TorrentRow& row) {
                return std::to_string(row.id) == torrent;
            });
        };
        if (std::all_of(torrents.begin(), torrents.end(), is_there)) return rows;
    }
    for (std::string& torrent : torrents) torrent = known_hash(client, torrent);
    return remote::match_torrents(fetch(client, nullptr, false), torrents);
}

}  // namespace

void add_rpc_options(CLI::App& command, RpcOptions& options) {
    const char* const group = "Daemon";
    command
        .add_option(
            "--rpc", options.rpc,
            "HOST or HOST:PORT of the daemon; also unix:PATH or a URL; several: again, with commas, or @FILE "
            "with one a line")
        ->type_name("HOST")
        ->default_str(kThisMachine)
        ->allow_extra_args(false)
        ->group(group);
    command
        .add_option(
            "--rpc-auth", options.rpc_auth,
            "For the control port; better in the environment (SHOAL_RPC_AUTH, of all commands) or a file")
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

std::vector<remote::RpcAddress> daemons_of(const RpcOptions& options) {
    auto daemons =
        remote::parse_daemons(options.rpc.empty() ? std::vector<std::string>{kThisMachine} : options.rpc);
    const std::string credentials = rpc_credentials(options.rpc_auth, options.rpc_auth_file);
    const std::string token =
        options.rpc_token_file.empty() ? std::string() : read_secret(options.rpc_token_file);
    for (remote::RpcAddress& daemon : daemons) {
        daemon.credentials = credentials;
        daemon.token = token;
    }
    return daemons;
}

void finish(const std::vector<std::pair<std::string, Error>>& failed, std::size_t asked) {
    if (failed.empty()) return;
    std::fflush(stdout);
    for (const auto& [host, error] : failed) fmt::print(stderr, "shoal: {}: {}\n", host, error.what());
    throw Error(ExitCode::kFailed, fmt::format("{} of {} daemons", failed.size(), asked),
                "failed, or could not be reached", "see above");
}

Rows all_rows(const std::vector<remote::Reply<Rows>>& replies) {
    Rows all;
    for (const auto& reply : replies) {
        if (!reply.answer) continue;
        for (remote::TorrentRow row : *reply.answer) {
            if (replies.size() > 1) row.host = reply.host;
            all.push_back(std::move(row));
        }
    }
    return all;
}

void add_torrent_arguments(CLI::App& command, std::vector<std::string>& torrents, bool required) {
    command
        .add_option("TORRENT", torrents,
                    "Its number in 'shoal list', info-hash or the hash's beginning, name, or label; or 'all'")
        ->type_name(kDaemonsTorrent)
        ->required(required);
}

Rows find_torrents(remote::RpcClient& client, const std::vector<std::string>& torrents, bool slow) {
    const bool all = torrents.empty() || std::find(torrents.begin(), torrents.end(), "all") != torrents.end();
    if (all) return fetch(client, nullptr, slow);
    Rows rows = matching(client, torrents);
    return slow ? fetch(client, ids_of(rows), true) : rows;
}

std::string with_ids(const std::vector<remote::TorrentRow>& rows, const std::string& more) {
    json arguments = json::parse(more);
    arguments["ids"] = ids_of(rows);
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
                 {"added", row.added},
                 {"error", row.error_text},
                 {"error_of", remote::error_owner(row)}};
        if (!row.host.empty()) one["host"] = row.host;
        if (slow) {
            one["slow"] = row.slow_cause.empty() ? json() : json(row.slow_cause);
            one["slow_why"] = row.slow_why.empty() ? json() : json(row.slow_why);
            one["web_seeds"] = json::array();
            for (const auto& [url, why] : row.web_seeds)
                one["web_seeds"].push_back({{"url", url}, {"why", why.empty() ? json() : json(why)}});
        }
        one["eta_seconds"] = row.eta < 0 ? json() : json(row.eta);
        one["ratio"] = row.ratio < 0 ? json() : json(row.ratio);
        list.push_back(std::move(one));
    }
    return list.dump(2, ' ', false, json::error_handler_t::replace);
}

void act_on_torrents(const RpcOptions& options, const std::vector<std::string>& torrents,
                     const std::string& method, const std::string& more, const std::string& done_word) {
    const auto replies = ask_daemons<Rows>(options, [&](remote::RpcClient& client) {
        Rows rows = find_torrents(client, torrents);
        if (!rows.empty()) client.call(method, with_ids(rows, more));
        return rows;
    });
    if (!any_answer(replies)) return finish(replies);
    const Rows rows = all_rows(replies);
    if (options.json) {
        json list = json::array();
        for (const remote::TorrentRow& row : rows) {
            list.push_back({{"id", row.id}, {"name", row.name}, {"info_hash", row.hash}});
            if (!row.host.empty()) list.back()["host"] = row.host;
        }
        fmt::print("{}\n", list.dump(2, ' ', false, json::error_handler_t::replace));
    } else {
        for (const remote::TorrentRow& row : rows)
            fmt::print("{}{}{} {} {}\n", row.host, row.host.empty() ? "" : ": ", done_word, row.id,
                       printable(row.name));
    }
    finish(replies);
}

}  // namespace shoal::client
