#pragma once

#include <libtorrent/fwd.hpp>
#include <optional>
#include <vector>

#include "common/ip_address.hpp"

/// Inside client/swarm only: the UDP sockets of a session, which carry uTP (BEP 29) and the DHT (BEP 5).
/// libtorrent does not show its sockets, so they are looked for among those of the process.
namespace shoal::client {

/// Where the UDP socket is bound that `alert` tells of; nothing for an alert of anything else. libtorrent
/// does not read from the socket before the plugins have seen this alert.
std::optional<Endpoint> new_udp_socket(const libtorrent::alert* alert);

/// Descriptors of this process's UDP sockets that are bound to `local`. Several, where two interfaces have
/// the same link-local address.
std::vector<int> udp_sockets_at(const Endpoint& local);

}  // namespace shoal::client
