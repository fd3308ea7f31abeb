#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/swarm/network_profile.hpp"
#include "common/ip_address.hpp"
#include "common/ip_network.hpp"

namespace shoal::client {

/// Port that BitTorrent clients try first; taken ports make us take the next free one.
inline constexpr std::uint16_t kDefaultPort = 6881;

/// Bytes of a rack's name: it is in every handshake.
inline constexpr std::size_t kLongestRack = 64;

/// Of the connections between peers (message stream encryption). It hides what is sent from who looks in
/// between, and does not tell who the peer is.
enum class Encryption { kRequired, kAllowed, kOff };

/// What the owner of a session may choose. Everything else follows from the network (network_profile.hpp) or
/// is tuned where the profile becomes libtorrent's settings (session_settings.cpp).
struct SessionProfile {
    Network network = Network::kFleet;
    /// Addresses and ports to listen on; port 0 is any free one. Empty: all addresses of the machine at
    /// kDefaultPort, or another free port where that is taken.
    std::vector<Endpoint> listen;
    std::uint64_t limit_up = 0;    ///< bytes a second for everything; 0: no limit
    std::uint64_t limit_down = 0;  ///< bytes a second for everything; 0: no limit
    bool dht = true;
    bool lsd = true;
    bool pex = true;
    std::vector<std::string> dht_bootstrap;  ///< "HOST:PORT"; without one the DHT knows who the swarm knows
    std::vector<IpNetwork> peers_from;       ///< other peers are not talked to; empty: everybody
    Encryption encryption = Encryption::kAllowed;
    /// PEM. With them every listening port takes only TLS connections of SSL torrents.
    std::string certificate;
    std::string private_key;
    /// What this host's rack is called, the same on all of its hosts; empty: not known. At most kLongestRack
    /// bytes.
    std::string rack;
    bool origin = false;  ///< starts with all the content and dials those that need it
};

}  // namespace shoal::client
