#include "common/socket_address.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace shoal {

SocketAddress::SocketAddress(const Endpoint& endpoint) : size_(sizeof(sockaddr_in)) {
    const auto raw = endpoint.address.bytes();
    if (endpoint.address.is_v6()) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endpoint.port);
        std::memcpy(&address.sin6_addr, raw.data(), raw.size());
        std::memcpy(&storage_, &address, sizeof address);
        size_ = sizeof address;
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        std::memcpy(&address.sin_addr, raw.data(), raw.size());
        std::memcpy(&storage_, &address, sizeof address);
    }
}

Endpoint to_endpoint(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &storage, sizeof address);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
        return {IpAddress::v6(bytes), ntohs(address.sin6_port)};
    }
    if (storage.ss_family != AF_INET) return {};
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
    return {IpAddress::v4(bytes), ntohs(address.sin_port)};
}

std::optional<Endpoint> local_endpoint(int socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
    if (storage.ss_family == AF_INET || storage.ss_family == AF_INET6) return to_endpoint(storage);
    errno = EAFNOSUPPORT;
    return std::nullopt;
}

}  // namespace shoal
