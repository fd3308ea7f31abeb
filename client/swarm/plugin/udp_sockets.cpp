#include "client/swarm/plugin/udp_sockets.hpp"

#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <libtorrent/alert_types.hpp>
#include <string>
#include <system_error>

#include "client/swarm/plugin/endpoint.hpp"
#include "common/socket_address.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

bool is_udp_at(int fd, const Endpoint& local) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_DGRAM) return false;
    return local_endpoint(fd) == local;
}

}  // namespace

std::optional<Endpoint> new_udp_socket(const lt::alert* alert) {
    using Type = lt::socket_type_t;
    const auto* listening = lt::alert_cast<lt::listen_succeeded_alert>(alert);
    if (listening == nullptr) return std::nullopt;
    if (listening->socket_type != Type::utp && listening->socket_type != Type::utp_ssl) return std::nullopt;
    return from_libtorrent(listening->address, listening->port);
}

std::vector<int> udp_sockets_at(const Endpoint& local) {
    std::vector<int> found;
    std::error_code error;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error); at != end; at.increment(error)) {
        const std::string name = at->path().filename();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (is_udp_at(fd, local)) found.push_back(fd);
    }
    return found;
}

}  // namespace shoal::client
