#include "common/http/worker.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/http/date.hpp"
#include "common/http/plain_stream.hpp"
#include "common/http/tls_stream.hpp"
#include "common/log.hpp"
#include "common/socket_address.hpp"

namespace shoal::http {
namespace {

constexpr auto kTick = std::chrono::milliseconds(250);
// After this many the other connections of the thread get a turn.
constexpr int kAcceptsATurn = 64;

// Buffers of a connection that was large are not worth keeping.
constexpr std::size_t kSpareBuffers = 256;
constexpr std::size_t kSpareSize = 64 * 1024;

}  // namespace

Worker::Worker(Shared& shared) : shared_(shared) {}

void Worker::add_listener(int socket) {
    listeners_.push_back(std::make_unique<Listener>(context_, socket));
}

void Worker::start() {
    for (const auto& listener : listeners_) accept(*listener);
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

std::unique_ptr<Buffers> Worker::lend_buffers() {
    if (spare_buffers_.empty()) return std::make_unique<Buffers>();
    auto buffers = std::move(spare_buffers_.back());
    spare_buffers_.pop_back();
    return buffers;
}

void Worker::return_buffers(std::unique_ptr<Buffers> buffers) {
    const std::size_t size =
        buffers->input.capacity() + buffers->storage.body.capacity() + buffers->response.body.capacity();
    if (spare_buffers_.size() >= kSpareBuffers || size > kSpareSize) return;
    buffers->input.clear();
    spare_buffers_.push_back(std::move(buffers));
}

void Worker::accept(Listener& listener) {
    listener.async_wait(Listener::wait_read, [this, &listener](const boost::system::error_code& error) {
        if (error) return;
        if (take_connections(listener)) {
            accept(listener);
        } else {
            paused_.push_back(&listener);
        }
    });
}

bool Worker::take_connections(Listener& listener) {
    now_ = std::chrono::steady_clock::now();
    for (int i = 0; i < kAcceptsATurn; ++i) {
        sockaddr_storage remote{};
        socklen_t size = sizeof remote;
        const int socket = ::accept4(listener.native_handle(), reinterpret_cast<sockaddr*>(&remote), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            if (errno == EAGAIN) return true;
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
                continue;  // the peer was gone before we looked
            log::warning("cannot accept a connection", {{"error", std::generic_category().message(errno)}});
            return false;
        }
        shared_.accepted.fetch_add(1, std::memory_order_relaxed);
        if (shared_.open_connections.load(std::memory_order_relaxed) >= shared_.options.max_connections) {
            shared_.refused.fetch_add(1, std::memory_order_relaxed);
            ::close(socket);
            continue;
        }
        take_connection(socket, to_endpoint(remote));
    }
    return true;
}

void Worker::take_connection(int socket, const Endpoint& remote) {
    if (!shared_.options.tls) {
        std::make_shared<Connection<PlainStream>>(*this, remote, context_, socket)->start();
        return;
    }
    std::shared_ptr<asio::ssl::context> tls;
    {
        const std::lock_guard lock(shared_.tls_mutex);
        tls = shared_.tls;
    }
    const auto protocol = remote.address.is_v6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
    std::make_shared<Connection<TlsStream>>(*this, remote, context_, std::move(tls), protocol, socket)
        ->start();
}

void Worker::tick() {
    now_ = std::chrono::steady_clock::now();
    date_ = http_date(std::chrono::system_clock::now());
    if (draining_ && (connections_.empty() || now_ >= drain_until_)) {
        // Closing a socket ends its pending operation, which lets go of the connection: run() then returns.
        for (ConnectionBase* connection : connections_) connection->abort();
        return;
    }
    for (ConnectionBase* connection : connections_) {
        if (connection->deadline() <= now_) connection->abort();
    }
    for (Listener* listener : std::exchange(paused_, {})) {
        if (!draining_) accept(*listener);
    }
    timer_.expires_after(kTick);
    timer_.async_wait([this](const boost::system::error_code&) { tick(); });
}

void Worker::drain() {
    if (draining_) return;
    draining_ = true;
    drain_until_ = now_ + shared_.options.drain_timeout;
    for (const auto& listener : listeners_) {
        take_connections(*listener);  // those in the queue have been told that they are connected
        listener->close();
    }
    // Posted, so that what those connections have sent already is read first.
    boost::asio::post(context_, [this] {
        for (ConnectionBase* connection : connections_) connection->drain();
        // The aborted wait's handler runs tick(), which sees that there is nothing left to wait for.
        timer_.cancel();
    });
}

}  // namespace shoal::http
