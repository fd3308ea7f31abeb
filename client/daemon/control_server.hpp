#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/daemon/engine.hpp"
#include "client/daemon/rpc/gate.hpp"
#include "client/daemon/rpc/rpc_call.hpp"
#include "common/ip_address.hpp"

namespace shoal::http {
class Server;
struct Request;
struct Response;
}  // namespace shoal::http

namespace shoal::daemon {

class LoopQueue;

struct ControlOptions {
    std::vector<Endpoint> listen;       ///< TCP, for the RPC and everything else
    std::filesystem::path unix_socket;  ///< the same; empty: none
    std::vector<Endpoint> metrics;      ///< TCP, only /metrics and /healthz, open to everybody
    GateRules rules;
};

/// The daemon's HTTP side: POST /transmission/rpc, GET /metrics, GET /healthz. Answers on threads of its own;
/// what touches the engine runs on the daemon's loop.
class ControlServer {
  public:
    /// Binds at once. Throws Error (kFailed). `read_source` and `metrics` outlive it; the latter runs on the
    /// loop.
    ControlServer(const ControlOptions& options, LoopQueue& loop, Engine& engine, SourceReader read_source,
                  std::function<std::string()> metrics);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

    void start();
    void stop();
    [[nodiscard]] std::vector<Endpoint> addresses() const;
    /// From the loop, once a second: /healthz believes in a loop that does so.
    /// @param trouble  that it tells; empty: none
    void heartbeat(const std::string& trouble);
    /// Other credentials and host names from now on.
    void set_rules(const GateRules& rules);

  private:
    void answer(const http::Request& request, http::Response& response, bool local_socket);
    void answer_rpc(const http::Request& request, http::Response& response);
    void answer_metrics(const http::Request& request, http::Response& response);
    void answer_health(http::Response& response);

    LoopQueue& loop_;
    Engine& engine_;
    SourceReader read_source_;
    std::function<std::string()> metrics_;
    std::filesystem::path unix_socket_;
    std::mutex mutex_;
    GateRules rules_;
    std::string trouble_;
    std::atomic<std::chrono::steady_clock::rep> beat_{0};
    std::vector<std::unique_ptr<http::Server>> servers_;
};

}  // namespace shoal::daemon
