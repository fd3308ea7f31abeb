#include "tracker/udp/udp_server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "common/error.hpp"
#include "common/log.hpp"
#include "common/socket_address.hpp"

namespace shoal::tracker {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kDatagram = 2048;  // the longest request, 74 hashes, has 1,496 bytes
constexpr int kReceiveBuffer = 4 << 20;
constexpr timeval kStopCheck{0, 200'000};  // how long a silent socket keeps stop() waiting

[[noreturn]] void fail(const Endpoint& endpoint, int error_number) {
    throw Error(ExitCode::kFailed, fmt::format("cannot listen on UDP {}", endpoint.to_string()),
                std::generic_category().message(error_number),
                "stop the program that uses it, choose another port, or pass --no-udp");
}

template <class Value>
void set(int fd, int level, int option, const Value& value, const Endpoint& endpoint) {
    if (::setsockopt(fd, level, option, &value, sizeof value) != 0) fail(endpoint, errno);
}

class Socket {
  public:
    Socket(const Endpoint& endpoint, bool shared)
        : fd_(::socket(endpoint.address.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        if (fd_ < 0) fail(endpoint, errno);
        if (shared) set(fd_, SOL_SOCKET, SO_REUSEPORT, 1, endpoint);
        if (endpoint.address.is_v6()) set(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1, endpoint);
        if (endpoint.address.is_unspecified()) {
            endpoint.address.is_v6() ? set(fd_, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, endpoint)
                                     : set(fd_, IPPROTO_IP, IP_PKTINFO, 1, endpoint);
        }
        set(fd_, SOL_SOCKET, SO_RCVTIMEO, kStopCheck, endpoint);
        // As much as the system allows: a herd's datagrams come within milliseconds.
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
        const SocketAddress address(endpoint);
        if (::bind(fd_, address.get(), address.size()) != 0) {
            const int error = errno;
            ::close(fd_);
            fail(endpoint, error);
        }
    }
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_;
};

/// The memory of one thread's batches. The control buffer that came with a datagram, which holds the address
/// that was asked, goes back with its answer.
class Batch {
  public:
    Batch() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            in_parts_[i] = {in_[i].data(), kDatagram};
            received_[i].msg_hdr = {};
            received_[i].msg_hdr.msg_iov = &in_parts_[i];
            received_[i].msg_hdr.msg_iovlen = 1;
            received_[i].msg_hdr.msg_name = &from_[i];
        }
    }

    /// How many datagrams there are; 0 after a silence, -1 on an error.
    int receive(int fd) {
        for (std::size_t i = 0; i < kBatch; ++i) {
            received_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
            received_[i].msg_hdr.msg_control = control_[i].data();
            received_[i].msg_hdr.msg_controllen = control_[i].size();
        }
        const int count = ::recvmmsg(fd, received_.data(), kBatch, MSG_WAITFORONE, nullptr);
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : count;
    }

    void answer(int fd, int count, const DatagramHandler& handler) {
        unsigned answers = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            const msghdr& request = received_[i].msg_hdr;
            std::string& text = out_[answers];
            text.clear();
            if ((request.msg_flags & MSG_TRUNC) == 0)
                handler({in_[i].data(), received_[i].msg_len}, to_endpoint(from_[i]), text);
            if (text.empty()) continue;
            out_parts_[answers] = {text.data(), text.size()};
            msghdr& message = sent_[answers].msg_hdr;
            message = {};
            message.msg_name = &from_[i];
            message.msg_namelen = request.msg_namelen;
            message.msg_iov = &out_parts_[answers];
            message.msg_iovlen = 1;
            message.msg_control = request.msg_controllen > 0 ? request.msg_control : nullptr;
            message.msg_controllen = request.msg_controllen;
            ++answers;
        }
        for (unsigned sent = 0; sent < answers;) {
            const int n = ::sendmmsg(fd, sent_.data() + sent, answers - sent, 0);
            // One that cannot be sent (no route, a full buffer) is dropped like any other datagram.
            sent += n > 0 ? static_cast<unsigned>(n) : 1;
        }
    }

  private:
    std::array<std::array<char, kDatagram>, kBatch> in_;
    alignas(cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))>, kBatch> control_;
    std::array<sockaddr_storage, kBatch> from_;
    std::array<iovec, kBatch> in_parts_;
    std::array<iovec, kBatch> out_parts_;
    std::array<mmsghdr, kBatch> received_;
    std::array<mmsghdr, kBatch> sent_;
    std::array<std::string, kBatch> out_;
};

}  // namespace

struct UdpServer::Impl {
    DatagramHandler handler;
    std::vector<Socket> sockets;
    std::vector<std::thread> threads;
    std::atomic<bool> stopping{false};

    void serve(int fd) {
        const auto batch = std::make_unique<Batch>();
        while (!stopping.load(std::memory_order_relaxed)) {
            const int count = batch->receive(fd);
            if (count < 0) {
                // An ICMP error of an earlier answer, mostly; it must not become a busy loop.
                log::debug("receiving a datagram failed",
                           {{"error", std::generic_category().message(errno)}});
                std::this_thread::yield();
                continue;
            }
            batch->answer(fd, count, handler);
        }
    }
};

UdpServer::UdpServer(const std::vector<Endpoint>& listen, unsigned threads, DatagramHandler handler)
    : impl_(std::make_unique<Impl>()) {
    impl_->handler = std::move(handler);
    for (const Endpoint& endpoint : listen) {
        // Sharing would let a second tracker bind the same port unnoticed.
        { const Socket probe(endpoint, false); }
        for (unsigned i = 0; i < std::max(1u, threads); ++i) impl_->sockets.emplace_back(endpoint, true);
    }
}

UdpServer::~UdpServer() {
    stop();
}

void UdpServer::start() {
    for (const Socket& socket : impl_->sockets)
        impl_->threads.emplace_back([this, fd = socket.fd()] { impl_->serve(fd); });
}

void UdpServer::stop() {
    impl_->stopping = true;
    for (auto& thread : impl_->threads) {
        if (thread.joinable()) thread.join();
    }
}

}  // namespace shoal::tracker
