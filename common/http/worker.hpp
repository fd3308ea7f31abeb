#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/http/connection.hpp"
#include "common/http/server.hpp"

namespace shoal::http {

namespace asio = boost::asio;

/// What all workers of a server share.
struct Shared {
    ServerOptions options;
    Handler handler;
    std::mutex tls_mutex;
    std::shared_ptr<asio::ssl::context> tls;  ///< guarded by tls_mutex; none: plain HTTP
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

    /// @param socket  listening and non-blocking; it becomes the worker's
    void add_listener(int socket);
    void start();
    void stop();  ///< asks; from any thread
    void join();

    [[nodiscard]] Shared& shared() { return shared_; }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const { return now_; }
    /// For the answers' headers; at most a tick old.
    [[nodiscard]] const std::string& date() const { return date_; }
    [[nodiscard]] asio::io_context& context() { return context_; }
    [[nodiscard]] bool draining() const { return draining_; }
    void add(ConnectionBase& connection);
    void remove(ConnectionBase& connection);
    [[nodiscard]] std::unique_ptr<Buffers> lend_buffers();
    void return_buffers(std::unique_ptr<Buffers> buffers);

  private:
    using Listener = asio::posix::stream_descriptor;

    void accept(Listener& listener);
    /// False where the system has no file or memory left for one.
    bool take_connections(Listener& listener);
    void take_connection(int socket, const Endpoint& remote);
    void tick();
    void drain();

    Shared& shared_;
    asio::io_context context_{1};
    asio::steady_timer timer_{context_};
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<Listener*> paused_;  ///< until the next tick
    std::vector<std::unique_ptr<Buffers>> spare_buffers_;
    std::vector<ConnectionBase*> connections_;
    std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
    std::string date_;
    std::chrono::steady_clock::time_point drain_until_;
    bool draining_ = false;
    std::thread thread_;
};

}  // namespace shoal::http
