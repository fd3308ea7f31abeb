#pragma once

#include <libtorrent/address.hpp>

#include "common/ip_address.hpp"

namespace shoal::client {

/// Without the zone of a link-local IPv6 address, which libtorrent's text of it has.
inline IpAddress to_ip_address(const libtorrent::address& address) {
    return address.is_v6() ? IpAddress::v6(address.to_v6().to_bytes())
                           : IpAddress::v4(address.to_v4().to_bytes());
}

}  // namespace shoal::client
