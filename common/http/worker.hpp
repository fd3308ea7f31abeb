#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "common/http/connection.hpp"
#include "common/http/server.hpp"

namespace shoal::http {

namespace asio = boost::asio;
using asio::ip::tcp;

/// What all workers of a server share.
struct Shared {
    ServerOptions options;
    Handler handler;
    std::atomic<std::size_t> open_connections{0};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> requests{0};
};

/// One thread, its event loop, its listening sockets and its connections. Everything but start(), stop() and
/// join() runs on that thread.
class Worker {
  public:
    explicit Worker(Shared& shared);

    void add_listener(tcp::acceptor::native_handle_type socket, const tcp& protocol);
    void start();
    void stop();  ///< asks; from any thread
    void join();

    [[nodiscard]] Shared& shared() { return shared_; }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const { return now_; }
    [[nodiscard]] bool draining() const { return draining_; }
    void add(ConnectionBase& connection);
    void remove(ConnectionBase& connection);

  private:
    void accept(tcp::acceptor& acceptor);
    void take_connections(tcp::acceptor& acceptor);
    void tick();
    void drain();

    Shared& shared_;
    asio::io_context context_{1};
    asio::steady_timer timer_{context_};
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors_;
    std::vector<ConnectionBase*> connections_;
    std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point drain_until_;
    bool draining_ = false;
    std::thread thread_;
};

}  // namespace shoal::http
