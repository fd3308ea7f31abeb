#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/remote/rpc_client.hpp"
#include "client/remote/torrent_row.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

/// What every command that talks to a daemon takes.
struct RpcOptions {
    std::string rpc = "127.0.0.1:9091";
    std::string rpc_auth;
    std::filesystem::path rpc_auth_file;
    std::filesystem::path rpc_token_file;
    bool json = false;
};

void add_rpc_options(CLI::App& command, RpcOptions& options);
remote::RpcAddress rpc_address(const RpcOptions& options);

/// TORRENT...: numbers of `shoal list`, info-hashes, or "all".
void add_torrent_arguments(CLI::App& command, std::vector<std::string>& torrents, bool required);
/// The torrents as they are now, with `slow` also what sets their pace; none named is all. Throws Error
/// (kFailed) for one that the daemon does not have.
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
