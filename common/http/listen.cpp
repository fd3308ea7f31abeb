#include "common/http/listen.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "common/error.hpp"
#include "common/http/server.hpp"
#include "common/socket_address.hpp"

namespace shoal::http {
namespace {

constexpr int kBacklog = 4096;  // the kernel lowers it to net.core.somaxconn

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
        const SocketAddress address(endpoint_);
        if (::bind(fd_, address.get(), address.size()) != 0) fail(endpoint_, errno);
    }
    void listen() const {
        if (::listen(fd_, kBacklog) != 0) fail(endpoint_, errno);
    }
    [[nodiscard]] std::uint16_t port() const {
        const auto local = local_endpoint(fd_);
        if (!local) fail(endpoint_, errno);
        return local->port;
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
    // Both are inherited by the connections. An answer is one write: Nagle could only delay it. And the
    // kernel keeps a connection to itself until its request is there, which saves a wait for each.
    socket.set(IPPROTO_TCP, TCP_NODELAY);
    socket.set(IPPROTO_TCP, TCP_DEFER_ACCEPT);
    socket.bind();
    endpoint.port = socket.port();
    socket.listen();
    return socket.release();
}

int listen_on_path(const std::filesystem::path& path) {
    const auto fail_on_path = [&path](int number, std::string_view advice) {
        throw Error(ExitCode::kFailed, fmt::format("cannot listen on {}", path.string()),
                    std::generic_category().message(number), advice);
    };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path.string();
    if (name.size() >= sizeof address.sun_path) fail_on_path(ENAMETOOLONG, "choose a shorter path");
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail_on_path(errno, "");
    // Nobody answers: left behind. Anything else at that name is not ours to remove.
    if (::connect(fd, generic, sizeof address) != 0 && errno == ECONNREFUSED) ::unlink(name.c_str());
    const mode_t before = ::umask(S_IXUSR | S_IXGRP | S_IRWXO);
    const bool bound = ::bind(fd, generic, sizeof address) == 0;
    const int number = errno;
    ::umask(before);
    if (!bound || ::listen(fd, kBacklog) != 0) {
        ::close(fd);
        fail_on_path(number, number == EADDRINUSE ? "stop the program that uses it, or choose another path"
                                                  : "check the folder and its permissions");
    }
    return fd;
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
