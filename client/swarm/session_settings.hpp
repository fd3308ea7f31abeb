#pragma once

#include <libtorrent/fwd.hpp>
#include <memory>

#include "client/swarm/disk/disk_times.hpp"
#include "client/swarm/network_profile.hpp"
#include "client/swarm/session_profile.hpp"

/// Inside client/swarm only: the one place where a profile becomes libtorrent's settings.
namespace shoal::client {

/// @param times  what the session's disk counts
libtorrent::session_params make_session_params(
    const SessionProfile& profile,
    const std::shared_ptr<disk::DiskTimes>& times = std::make_shared<disk::DiskTimes>());

/// Puts every peer, also one on a private or loopback address, under the global limits and upload slots, and
/// takes as many from those who dial us as the network's profile says.
void reset_peer_classes(libtorrent::session& session, const NetworkProfile& network);

}  // namespace shoal::client
