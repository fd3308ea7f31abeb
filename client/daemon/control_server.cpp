#include "client/daemon/control_server.hpp"

#include <unistd.h>

#include <utility>

#include "client/daemon/loop_queue.hpp"
#include "common/error.hpp"
#include "common/http/server.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

constexpr std::chrono::seconds kSilence{30};  // of the loop, before /healthz gives it up
constexpr std::size_t kMaxBody = 64u << 20;   // a manifest of 48 MB in base64
constexpr unsigned kThreads = 4;              // one may be fetching a torrent from a URL

http::ServerOptions server_options() {
    http::ServerOptions options;
    options.threads = kThreads;
    options.body_limit = kMaxBody;
    options.max_connections = 1024;
    return options;
}

GateRequest gate_request(const http::Request& request) {
    GateRequest asked;
    asked.method = request.method;
    asked.host = request.header("Host");
    asked.origin = request.header("Origin");
    asked.fetch_site = request.header("Sec-Fetch-Site");
    asked.authorization = request.header("Authorization");
    asked.session_id = request.header("X-Transmission-Session-Id");
    return asked;
}

void refuse(const GateVerdict& verdict, const GateRules& rules, bool is_rpc, http::Response& response) {
    response.status = verdict.status;
    response.body = verdict.text + "\n";
    if (verdict.status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"shoal\"");
    if (verdict.status == 409) response.headers.emplace_back("X-Transmission-Session-Id", rules.session_id);
    if (verdict.status == 405) response.headers.emplace_back("Allow", is_rpc ? "POST" : "GET");
}

bool is_rpc_path(std::string_view path) {
    return path == "/transmission/rpc" || path == "/transmission/rpc/";
}

}  // namespace

ControlServer::ControlServer(const ControlOptions& options, LoopQueue& loop, Engine& engine,
                             SourceReader read_source, std::function<std::string()> metrics)
    : loop_(loop),
      engine_(engine),
      read_source_(std::move(read_source)),
      metrics_(std::move(metrics)),
      unix_socket_(options.unix_socket),
      rules_(options.rules) {
    if (!options.listen.empty()) {
        http::ServerOptions tcp = server_options();
        tcp.listen = options.listen;
        servers_.push_back(std::make_unique<http::Server>(
            tcp, [this](const http::Request& q, http::Response& a) { answer(q, a, false); }));
    }
    if (!unix_socket_.empty()) {
        http::ServerOptions local = server_options();
        local.threads = 1;
        local.listen_paths = {unix_socket_};
        servers_.push_back(std::make_unique<http::Server>(
            local, [this](const http::Request& q, http::Response& a) { answer(q, a, true); }));
    }
    if (!options.metrics.empty()) {
        http::ServerOptions pages = server_options();
        pages.threads = 1;
        pages.listen = options.metrics;
        servers_.push_back(
            std::make_unique<http::Server>(pages, [this](const http::Request& q, http::Response& a) {
                if (q.path == "/healthz") return answer_health(a);
                if (q.path == "/metrics") return answer_metrics(q, a);
                a.status = 404;
                a.body = "404: there are /metrics and /healthz\n";
            }));
    }
}

ControlServer::~ControlServer() {
    stop();
    if (!unix_socket_.empty()) ::unlink(unix_socket_.c_str());
}

void ControlServer::start() {
    for (const auto& server : servers_) server->start();
}

void ControlServer::stop() {
    for (const auto& server : servers_) server->stop();
}

std::vector<Endpoint> ControlServer::addresses() const {
    std::vector<Endpoint> all;
    for (const auto& server : servers_)
        all.insert(all.end(), server->addresses().begin(), server->addresses().end());
    return all;
}

void ControlServer::heartbeat(const std::string& trouble) {
    beat_ = std::chrono::steady_clock::now().time_since_epoch().count();
    const std::lock_guard lock(mutex_);
    trouble_ = trouble;
}

void ControlServer::set_rules(const GateRules& rules) {
    const std::lock_guard lock(mutex_);
    rules_ = rules;
}

void ControlServer::answer(const http::Request& request, http::Response& response, bool local_socket) {
    if (request.path == "/healthz") return answer_health(response);
    GateRules rules;
    {
        const std::lock_guard lock(mutex_);
        rules = rules_;
    }
    rules.local_socket = local_socket;
    // Who may open the socket is decided by its file's permissions.
    if (local_socket) rules.credentials = rules.token = "";
    if (is_rpc_path(request.path)) {
        const GateVerdict verdict = judge_rpc(rules, gate_request(request));
        return verdict.status == 200 ? answer_rpc(request, response) : refuse(verdict, rules, true, response);
    }
    const GateVerdict verdict = judge_page(rules, gate_request(request));
    if (verdict.status != 200) return refuse(verdict, rules, false, response);
    if (request.path == "/metrics") return answer_metrics(request, response);
    response.status = 404;
    response.body = "404: there are /transmission/rpc, /metrics and /healthz\n";
}

void ControlServer::answer_rpc(const http::Request& request, http::Response& response) {
    RpcCall call(request.body);
    call.read_sources(read_source_);
    if (!loop_.run([&] { call.run(engine_); })) {
        response.status = 503;
        response.body = "503: the daemon is stopping\n";
        return;
    }
    if (!call.failure().empty())
        log::warning("request refused", {{"method", call.method()}, {"why", call.failure()}});
    response.content_type = "application/json; charset=UTF-8";
    response.body = call.text();
}

void ControlServer::answer_metrics(const http::Request& request, http::Response& response) {
    if (request.method != "GET") {
        response.status = 405;
        response.headers.emplace_back("Allow", "GET");
        response.body = "405: only GET\n";
    } else if (loop_.run([&] { response.body = metrics_(); })) {
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    } else {
        response.status = 503;
        response.body = "503: the daemon is stopping\n";
    }
}

void ControlServer::answer_health(http::Response& response) {
    const std::chrono::steady_clock::time_point beat{std::chrono::steady_clock::duration(beat_.load())};
    std::string trouble = "the daemon does not answer";
    if (std::chrono::steady_clock::now() - beat <= kSilence) {
        const std::lock_guard lock(mutex_);
        trouble = trouble_;
    }
    response.status = trouble.empty() ? 200 : 503;
    response.body = (trouble.empty() ? "ok" : trouble) + "\n";
}

}  // namespace shoal::daemon
