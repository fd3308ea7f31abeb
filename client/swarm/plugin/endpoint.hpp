#pragma once

#include <cstdint>
#include <libtorrent/address.hpp>
#include <libtorrent/socket.hpp>

#include "common/ip_address.hpp"

namespace shoal::client {

/// Without the zone of a link-local IPv6 address, which libtorrent's text of it has.
inline Endpoint from_libtorrent(const libtorrent::address& address, int port) {
    return {address.is_v6() ? IpAddress::v6(address.to_v6().to_bytes())
                            : IpAddress::v4(address.to_v4().to_bytes()),
            static_cast<std::uint16_t>(port)};
}

inline libtorrent::tcp::endpoint to_libtorrent(const Endpoint& endpoint) {
    return {libtorrent::make_address(endpoint.address.to_string()), endpoint.port};
}

}  // namespace shoal::client
