#include "common/http/listen.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/error.hpp"
#include "common/http/server.hpp"

namespace shoal::http {
namespace {

constexpr int kBacklog = 4096;  // the kernel lowers it to net.core.somaxconn

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress to_socket_address(const Endpoint& endpoint) {
    SocketAddress address;
    if (endpoint.address.is_v6()) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        std::memcpy(&v6.sin6_addr, endpoint.address.bytes().data(), sizeof v6.sin6_addr);
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, endpoint.address.bytes().data(), sizeof v4.sin_addr);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
    }
    return address;
}

[[noreturn]] void fail(const Endpoint& endpoint, int error_number) {
    std::string_view advice = "choose another address to listen on";
    if (error_number == EADDRINUSE) {
        advice = "stop the program that uses it, or choose another port";
    } else if (error_number == EACCES) {
        advice = "ports below 1024 need root or CAP_NET_BIND_SERVICE, or choose a higher one";
    } else if (error_number == EADDRNOTAVAIL) {
        advice = "this machine has no such address, see `ip address`";
    } else if (error_number == EAFNOSUPPORT) {
        advice = "this machine has no IPv6, listen on an IPv4 address";
    }
    throw Error(ExitCode::kFailed, fmt::format("cannot listen on {}", endpoint.to_string()),
                std::generic_category().message(error_number), advice);
}

class Socket {
  public:
    explicit Socket(const Endpoint& endpoint)
        : endpoint_(endpoint),
          fd_(::socket(endpoint.address.is_v6() ? AF_INET6 : AF_INET,
                       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        if (fd_ < 0) fail(endpoint_, errno);
        set(SOL_SOCKET, SO_REUSEADDR);
        if (endpoint.address.is_v6()) set(IPPROTO_IPV6, IPV6_V6ONLY);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }

    void set(int level, int option) const {
        const int on = 1;
        if (::setsockopt(fd_, level, option, &on, sizeof on) != 0) fail(endpoint_, errno);
    }
    void bind() const {
        const SocketAddress address = to_socket_address(endpoint_);
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
            fail(endpoint_, errno);
    }
    void listen() const {
        if (::listen(fd_, kBacklog) != 0) fail(endpoint_, errno);
    }
    [[nodiscard]] std::uint16_t port() const {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size) != 0) fail(endpoint_, errno);
        if (storage.ss_family == AF_INET6) {
            sockaddr_in6 v6{};
            std::memcpy(&v6, &storage, sizeof v6);
            return ntohs(v6.sin6_port);
        }
        sockaddr_in v4{};
        std::memcpy(&v4, &storage, sizeof v4);
        return ntohs(v4.sin_port);
    }
    int release() { return std::exchange(fd_, -1); }

  private:
    Endpoint endpoint_;
    int fd_;
};

}  // namespace

int listen_on(Endpoint& endpoint, bool first) {
    if (first && endpoint.port != 0) {
        // SO_REUSEPORT would let a second tracker of the same user bind, and take half of the connections.
        const Socket probe(endpoint);
        probe.bind();
    }
    Socket socket(endpoint);
    socket.set(SOL_SOCKET, SO_REUSEPORT);
    socket.bind();
    endpoint.port = socket.port();
    socket.listen();
    return socket.release();
}

bool ipv6_available() {
    const Endpoint any{IpAddress::v6({}), 0};
    try {
        Socket(any).bind();
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace shoal::http
