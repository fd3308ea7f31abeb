#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "client/remote/daemons.hpp"
#include "client/remote/rpc_client.hpp"
#include "client/remote/torrent_row.hpp"
#include "common/error.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

/// What every command that talks to a daemon takes.
struct RpcOptions {
    std::vector<std::string> rpc;  ///< none: this machine's
    std::string rpc_auth;
    std::filesystem::path rpc_auth_file;
    std::filesystem::path rpc_token_file;
    bool json = false;
};

void add_rpc_options(CLI::App& command, RpcOptions& options);
/// At least one. Throws Error.
std::vector<remote::RpcAddress> daemons_of(const RpcOptions& options);

/// What each daemon answers to `ask`, which takes a remote::RpcClient&. Throws the Error of a daemon that was
/// asked alone; where there are several, finish() does that in the end.
template <typename Answer, typename Ask>
std::vector<remote::Reply<Answer>> ask_daemons(const RpcOptions& options, const Ask& ask) {
    auto replies = remote::ask_all<Answer>(daemons_of(options), ask);
    if (replies.size() == 1 && replies.front().error) throw Error(*replies.front().error);
    return replies;
}

/// Prints why daemons failed, a line each. Throws Error (kFailed) where one did.
void finish(const std::vector<std::pair<std::string, Error>>& failed, std::size_t asked);
template <typename Answer>
void finish(const std::vector<remote::Reply<Answer>>& replies) {
    std::vector<std::pair<std::string, Error>> failed;
    for (const auto& reply : replies)
        if (reply.error) failed.emplace_back(reply.host, *reply.error);
    finish(failed, replies.size());
}

/// Did any of them answer? Where none did, there is nothing to show but why.
template <typename Answer>
bool any_answer(const std::vector<remote::Reply<Answer>>& replies) {
    return std::any_of(replies.begin(), replies.end(),
                       [](const auto& reply) { return reply.answer.has_value(); });
}

/// "HOST: " before what concerns one of several daemons, nothing where there is one.
template <typename Answer>
std::string host_prefix(const std::vector<remote::Reply<Answer>>& replies,
                        const remote::Reply<Answer>& reply) {
    return replies.size() > 1 ? reply.host + ": " : std::string();
}

/// The rows of all daemons that answered, each with its host where there are several.
using Rows = std::vector<remote::TorrentRow>;
Rows all_rows(const std::vector<remote::Reply<Rows>>& replies);

/// TORRENT...: numbers of `shoal list`, info-hashes, names, labels, or "all".
void add_torrent_arguments(CLI::App& command, std::vector<std::string>& torrents, bool required);
/// The torrents as they are now, with `slow` also what sets their pace; none named is all. Throws Error for
/// one that the daemon does not have, or has twice.
std::vector<remote::TorrentRow> find_torrents(remote::RpcClient& client,
                                              const std::vector<std::string>& torrents, bool slow = false);
/// {"ids":[...]} of exactly these, with what `more` (a JSON object) adds.
std::string with_ids(const std::vector<remote::TorrentRow>& rows, const std::string& more = "{}");
/// The rows as the commands' --json shows them, a JSON list; with `slow` also what sets their pace.
std::string rows_json(const std::vector<remote::TorrentRow>& rows, bool slow = false);
/// Calls `method` for the torrents and tells what became of them.
void act_on_torrents(const RpcOptions& options, const std::vector<std::string>& torrents,
                     const std::string& method, const std::string& more, const std::string& done_word);

}  // namespace shoal::client
