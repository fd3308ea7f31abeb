#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/commands/common_options.hpp"
#include "common/ip_address.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

struct DaemonCommandOptions {
    CommonOptions common;
    std::filesystem::path download_dir;
    std::filesystem::path state_dir;  ///< empty: see default_state_dir
    std::filesystem::path watch_dir;
    bool watch_replace = false;
    bool keep_old = false;
    std::string on_done;
    std::string on_error;
    std::chrono::milliseconds hook_timeout = std::chrono::seconds(60);
    std::optional<double> seed_ratio;
    std::optional<std::chrono::milliseconds> seed_for;
    std::optional<std::chrono::milliseconds> seed_idle;
    std::vector<std::string> rates;  ///< rules by time of day
    std::optional<int> max_peers;    ///< as the network's profile says, like the next one
    std::optional<int> max_peers_per_torrent;
    bool add_paused = false;
    std::vector<Endpoint> rpc_listen;
    bool no_rpc_port = false;
    std::filesystem::path rpc_socket;
    std::string rpc_auth;  ///< "USER:PASSWORD"
    std::filesystem::path rpc_auth_file;
    std::filesystem::path rpc_token_file;
    std::vector<std::string> rpc_host_names;
    std::vector<Endpoint> metrics_listen;
    std::size_t metrics_torrents = 25;
    std::string log_format = "text";
    std::string log_level = "info";
    bool check_config = false;
};

void setup_daemon(CLI::App& app);
/// Runs until a signal or a session-close.
void run_daemon(const DaemonCommandOptions& options);

}  // namespace shoal::client
