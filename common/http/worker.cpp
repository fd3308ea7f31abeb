#include "common/http/worker.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "common/log.hpp"

namespace shoal::http {
namespace {

constexpr auto kTick = std::chrono::milliseconds(250);
// After this many the other connections of the thread get a turn.
constexpr int kAcceptsATurn = 64;

Endpoint to_endpoint(const tcp::endpoint& endpoint) {
    if (endpoint.address().is_v4())
        return {IpAddress::v4(endpoint.address().to_v4().to_bytes()), endpoint.port()};
    return {IpAddress::v6(endpoint.address().to_v6().to_bytes()), endpoint.port()};
}

}  // namespace

Worker::Worker(Shared& shared) : shared_(shared) {}

void Worker::add_listener(tcp::acceptor::native_handle_type socket, const tcp& protocol) {
    auto acceptor = std::make_unique<tcp::acceptor>(context_);
    acceptor->assign(protocol, socket);
    acceptor->non_blocking(true);
    acceptors_.push_back(std::move(acceptor));
}

void Worker::start() {
    for (const auto& acceptor : acceptors_) accept(*acceptor);
    tick();
    thread_ = std::thread([this] { context_.run(); });
}

void Worker::stop() {
    boost::asio::post(context_, [this] { drain(); });
}

void Worker::join() {
    if (thread_.joinable()) thread_.join();
}

void Worker::add(ConnectionBase& connection) {
    connection.position_ = connections_.size();
    connections_.push_back(&connection);
    shared_.open_connections.fetch_add(1, std::memory_order_relaxed);
}

void Worker::remove(ConnectionBase& connection) {
    ConnectionBase* last = connections_.back();
    last->position_ = connection.position_;
    connections_[connection.position_] = last;
    connections_.pop_back();
    shared_.open_connections.fetch_sub(1, std::memory_order_relaxed);
}

void Worker::accept(tcp::acceptor& acceptor) {
    acceptor.async_wait(tcp::acceptor::wait_read, [this, &acceptor](const boost::system::error_code& error) {
        if (error) return;
        take_connections(acceptor);
        accept(acceptor);
    });
}

void Worker::take_connections(tcp::acceptor& acceptor) {
    now_ = std::chrono::steady_clock::now();
    for (int i = 0; i < kAcceptsATurn; ++i) {
        boost::system::error_code error;
        tcp::endpoint remote;
        tcp::socket socket(context_);
        acceptor.accept(socket, remote, error);
        if (error == asio::error::would_block || error == asio::error::try_again) return;
        if (error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
            error == asio::error::no_memory) {
            log::warning("cannot accept a connection", {{"error", error.message()}});
            return;
        }
        if (error) continue;  // the peer was gone before we looked
        shared_.accepted.fetch_add(1, std::memory_order_relaxed);
        if (shared_.open_connections.load(std::memory_order_relaxed) >= shared_.options.max_connections) {
            shared_.refused.fetch_add(1, std::memory_order_relaxed);
            continue;
        }
        socket.non_blocking(true, error);
        socket.set_option(tcp::no_delay(true), error);
        std::make_shared<Connection<tcp::socket>>(*this, std::move(socket), to_endpoint(remote))->start();
    }
}

void Worker::tick() {
    now_ = std::chrono::steady_clock::now();
    if (draining_ && (connections_.empty() || now_ >= drain_until_)) {
        // Closing a socket ends its pending operation, which lets go of the connection: run() then returns.
        for (ConnectionBase* connection : connections_) connection->abort();
        return;
    }
    for (ConnectionBase* connection : connections_) {
        if (connection->deadline() <= now_) connection->abort();
    }
    timer_.expires_after(kTick);
    timer_.async_wait([this](const boost::system::error_code&) { tick(); });
}

void Worker::drain() {
    if (draining_) return;
    draining_ = true;
    drain_until_ = now_ + shared_.options.drain_timeout;
    for (const auto& acceptor : acceptors_) {
        take_connections(*acceptor);  // those in the queue have been told that they are connected
        acceptor->close();
    }
    // Posted, so that what those connections have sent already is read first.
    boost::asio::post(context_, [this] {
        for (ConnectionBase* connection : connections_) connection->drain();
        // The aborted wait's handler runs tick(), which sees that there is nothing left to wait for.
        timer_.cancel();
    });
}

}  // namespace shoal::http
