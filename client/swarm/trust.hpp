#pragma once

#include <libtorrent/fwd.hpp>

#include "client/swarm/session_profile.hpp"

/// Inside client/swarm only: who may take part.
namespace shoal::client {

/// Everybody where `networks` is empty, otherwise nobody else: connections in both directions, whoever named
/// the peer.
libtorrent::ip_filter filter_for(const std::vector<IpNetwork>& networks);

void set_encryption(libtorrent::settings_pack& settings, Encryption encryption);

/// Shows our certificate to the peers of a torrent that asks for them (an SSL torrent); does nothing for
/// others. Throws Error (kUsage) where it asks and the profile has none.
void require_certificate(const libtorrent::torrent_info& info, const SessionProfile& profile);
void show_certificate(libtorrent::torrent_handle torrent, const libtorrent::torrent_info& info,
                      const SessionProfile& profile);

}  // namespace shoal::client
