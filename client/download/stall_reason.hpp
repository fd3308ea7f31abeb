#pragma once

#include <string>

#include "client/swarm/torrent_status.hpp"

namespace shoal::client {

/// Why nothing arrives, in words that tell where to look; empty while there is no reason to complain.
/// @param tracker_failure  "URL: what it said" of the last announce; empty where that went well
std::string stall_reason(const TorrentStatus& status, const std::string& tracker_failure);

}  // namespace shoal::client
