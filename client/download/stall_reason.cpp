#include "client/download/stall_reason.hpp"

#include <fmt/format.h>

namespace shoal::client {

std::string stall_reason(const TorrentStatus& status, const std::string& tracker_failure) {
    const std::string because = tracker_failure.empty() ? "" : fmt::format(" (tracker {})", tracker_failure);
    if (status.peers == 0) {
        if (status.peers_known == 0) return "no peers found" + because;
        return fmt::format("none of the {} known peers can be reached{}", status.peers_known, because);
    }
    if (status.state == TorrentStatus::State::kMetadata) {
        return fmt::format("none of the {} connected peers has the metadata", status.peers);
    }
    if (status.peers_choking == status.peers) {
        return fmt::format("all {} connected peers choke us", status.peers);
    }
    if (status.seeds == 0) {
        return fmt::format("none of the {} connected peers has what is missing", status.peers);
    }
    return fmt::format("{} connected peers send nothing", status.peers);
}

}  // namespace shoal::client
