#include "client/swarm/plugin/udp_receive_buffer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "client/swarm/plugin/udp_sockets.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

/// @return the buffer there is now, as bytes that were asked for: the kernel doubles it for its bookkeeping
int widen(int udp_socket, int bytes) {
    if (::setsockopt(udp_socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
        ::setsockopt(udp_socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    int doubled = 0;
    socklen_t size = sizeof doubled;
    ::getsockopt(udp_socket, SOL_SOCKET, SO_RCVBUF, &doubled, &size);
    return doubled / 2;
}

}  // namespace

void UdpReceiveBuffer::on_alert(const lt::alert* alert) {
    if (const std::optional<Endpoint> local = new_udp_socket(alert)) widen_receive_buffer(*local, kBytes);
}

int widen_receive_buffer(const Endpoint& local, int bytes) {
    int smallest = std::numeric_limits<int>::max();
    for (const int fd : udp_sockets_at(local)) smallest = std::min(smallest, widen(fd, bytes));
    return smallest == std::numeric_limits<int>::max() ? 0 : smallest;
}

}  // namespace shoal::client
