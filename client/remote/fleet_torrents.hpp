#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/remote/torrent_row.hpp"

namespace shoal::remote {

/// One torrent on all hosts that have it.
struct FleetTorrent {
    std::string hash;
    std::string name;
    std::uint64_t size = 0;  ///< bytes, the most that a host wants of it
    std::size_t hosts = 0;
    std::size_t complete = 0;     ///< hosts that have all that they want of it
    std::size_t errors = 0;       ///< hosts with an error
    double mean = 0;              ///< of the hosts' parts, 0 to 1
    double least = 1;             ///< the smallest of them
    std::string least_host;       ///< whose that is
    std::uint64_t rate_down = 0;  ///< bytes a second, of all hosts together
    std::uint64_t rate_up = 0;
    std::vector<std::string> labels;  ///< of any host, each once
};

/// The rows of many hosts, by info-hash, in the order in which the hashes come first.
std::vector<FleetTorrent> fleet_torrents(const std::vector<TorrentRow>& rows);

}  // namespace shoal::remote
