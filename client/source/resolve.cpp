#include "client/source/resolve.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "common/error.hpp"

namespace shoal::client {
namespace {

Endpoint from_socket_address(const sockaddr& address, std::uint16_t port) {
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return {IpAddress::v6(bytes), port};
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return {IpAddress::v4(bytes), port};
}

}  // namespace

std::vector<Endpoint> resolve(const std::string& host_and_port) {
    const auto malformed = [&] {
        return Error(ExitCode::kUsage, host_and_port, "is not HOST:PORT", "write it like 10.0.0.5:6881");
    };
    if (const auto literal = Endpoint::parse(host_and_port)) {
        if (literal->port == 0 || literal->address.is_unspecified()) throw malformed();
        return {*literal};
    }
    const auto colon = host_and_port.rfind(':');
    if (colon == std::string::npos || colon == 0) throw malformed();
    const std::string host = host_and_port.substr(0, colon);
    const auto port = parse_port(host_and_port.substr(colon + 1));
    if (!port || *port == 0 || host.find_first_of(":[]/ ") != std::string::npos) throw malformed();

    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    if (result != 0) {
        throw Error(ExitCode::kNoPeer, host_and_port, ::gai_strerror(result), "check the host's name");
    }
    std::vector<Endpoint> endpoints;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
        const Endpoint endpoint = from_socket_address(*entry->ai_addr, *port);
        if (std::find(endpoints.begin(), endpoints.end(), endpoint) == endpoints.end()) {
            endpoints.push_back(endpoint);
        }
    }
    return endpoints;
}

}  // namespace shoal::client
