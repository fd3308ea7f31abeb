#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::client {

/// Names a torrent within one Swarm; never reused.
using TorrentId = std::uint32_t;

/// What to add to a Swarm. Either `manifest` or `magnet` is set.
struct TorrentSpec {
    std::string label = "torrent";  ///< for messages
    std::string manifest;           ///< the bytes of a .torrent that was checked before
    /// Nothing is downloaded but the metadata until Swarm::approve. Its peers and its choice of files are
    /// left to the owner.
    std::string magnet;
    /// The content lies in folder/NAME, where NAME is `name` or, without it, the manifest's own.
    std::filesystem::path folder;
    std::string name;
    /// Files that are elsewhere below `folder`, by their number among the files, padding left out.
    std::map<std::uint32_t, std::string> paths;
    /// One element a piece: is it known to be good on disk? Empty: nothing is there.
    std::vector<bool> have;
    std::string swarm_state;                ///< of an earlier ResumeDataReady; may be empty
    std::vector<std::string> trackers;      ///< beside the manifest's own, all in one tier
    std::vector<Endpoint> peers;            ///< dialled at once
    bool paused = false;                    ///< does nothing until Swarm::retry
    bool check = false;                     ///< whatever lies in `folder` is hashed first; `have` is ignored
    bool hold = false;                      ///< see Swarm::hold
    std::vector<std::int8_t> file_choices;  ///< see Swarm::choose_files; empty: all normal
};

}  // namespace shoal::client
