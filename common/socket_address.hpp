#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "common/ip_address.hpp"

namespace shoal {

/// An Endpoint in the form that system calls take.
class SocketAddress {
  public:
    explicit SocketAddress(const Endpoint& endpoint);

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t size() const { return size_; }

  private:
    sockaddr_storage storage_{};
    socklen_t size_;
};

/// The other way; of another family than IPv4 and IPv6 an empty Endpoint.
Endpoint to_endpoint(const sockaddr_storage& storage);

/// What an IPv4 or IPv6 socket is bound to; none, and errno says why, where there is no such socket.
std::optional<Endpoint> local_endpoint(int socket);

}  // namespace shoal
