#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "common/http/certificate.hpp"
#include "common/http/message.hpp"
#include "common/ip_address.hpp"

namespace shoal::http {

/// Fills in the answer to one request. Called from every worker thread at the same time; must not block for
/// long, since other connections of that thread wait. An exception becomes a plain 500.
using Handler = std::function<void(const Request&, Response&)>;

/// How many bytes of body a request may have, from its line and headers; more is a 413.
using BodyLimit = std::function<std::size_t(const Request&)>;

/// PEM files.
struct TlsFiles {
    std::filesystem::path certificate;  ///< with its chain
    std::filesystem::path key;
};

struct ServerOptions {
    std::vector<Endpoint> listen;  ///< port 0: the kernel chooses, see Server::addresses()
    /// Unix sockets, for owner and group; requests come from 0.0.0.0 there.
    std::vector<std::filesystem::path> listen_paths;
    unsigned threads = 1;
    std::optional<TlsFiles> tls;           ///< all addresses then speak TLS and nothing else
    std::size_t header_limit = 16 * 1024;  ///< request line and headers; more is a 431
    std::size_t body_limit = 1024 * 1024;  ///< more is a 413
    BodyLimit body_limit_of;               ///< where it is set, counts in place of `body_limit`
    /// Where it is set, may change the answer to a request that the server itself refuses (400, 413, 431,
    /// 500), for instance its form. The request is as far as it was read: of one that is not HTTP nothing.
    /// Must not throw.
    Handler on_refusal;
    std::size_t max_connections = 16 * 1024;
    /// From the first byte of a request, or from the connect, to the end of the request; a long body has this
    /// much time for each MiB.
    std::chrono::milliseconds request_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);  ///< between two requests
    std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds drain_timeout = std::chrono::seconds(5);
};

struct ServerCounters {
    std::size_t open_connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  ///< over max_connections
    std::uint64_t requests = 0;
};

/// HTTP/1.0 and 1.1 with keep-alive and pipelining. Each worker thread has its own event loop and its own
/// listening sockets (SO_REUSEPORT), so that a connection lives on one thread and needs no lock.
class Server {
  public:
    /// Binds at once. Throws Error (kFailed) that names the address where it is taken or not allowed.
    Server(ServerOptions options, Handler handler);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();  ///< stops

    /// What was bound, with real port numbers, in the order of `listen`. Connections queue from now on.
    [[nodiscard]] const std::vector<Endpoint>& addresses() const;
    void start();
    /// Reads the TLS files again, for connections from now on. Throws Error and goes on with what it had.
    void reload_tls();
    /// Of what new connections get now; nothing without TLS. From any thread.
    [[nodiscard]] std::optional<CertificateValidity> certificate() const;
    /// Takes no new connection, answers what has been asked, closes; returns when all threads have ended, at
    /// most `drain_timeout` later.
    void stop();
    [[nodiscard]] ServerCounters counters() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Throws the Error that a Server with these options would, but for the addresses, which it does not bind.
/// @return what Server::certificate() would be
std::optional<CertificateValidity> check(const ServerOptions& options);

/// Can this machine listen on IPv6 at all?
bool ipv6_available();

}  // namespace shoal::http
