#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace shoal::client {

struct LatestOptions {
    std::string channel;                           ///< its name or file
    std::optional<std::filesystem::path> state;    ///< what was seen; none: beside the channel's file
    std::optional<std::filesystem::path> torrent;  ///< where to write the release's manifest; none: nowhere
    bool json = false;
};

/// Asks the channel's trackers for the current release, judges it as a follower does, and remembers it.
/// Throws Error: kRefused where no head that came may be believed, kNoPeer where no tracker can be reached.
void show_latest(const LatestOptions& options);

}  // namespace shoal::client
