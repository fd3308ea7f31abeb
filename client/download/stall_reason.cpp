#include "client/download/stall_reason.hpp"

#include <fmt/format.h>

namespace shoal::client {

std::string stall_reason(const TorrentStatus& status, const std::string& tracker_failure) {
    const std::string because = tracker_failure.empty() ? "" : fmt::format(" (tracker {})", tracker_failure);
    if (status.peers == 0) {
        if (status.peers_known == 0) return "no peers found" + because;
        if (status.peers_known == 1) return "the only known peer can't be reached" + because;
        return fmt::format("none of the {} known peers can be reached{}", status.peers_known, because);
    }
    const bool one = status.peers == 1;
    const std::string peers =
        one ? "the only connected peer" : fmt::format("the {} connected peers", status.peers);
    const std::string none =
        one ? "the only connected peer does not have" : fmt::format("none of {} has", peers);
    if (status.state == TorrentStatus::State::kMetadata) return none + " the metadata";
    if (status.peers_choking == status.peers) {
        return one ? peers + " chokes us" : fmt::format("all {} connected peers choke us", status.peers);
    }
    if (status.seeds == 0) return none + " what is missing";
    return peers + (one ? " sends nothing" : " send nothing");
}

}  // namespace shoal::client
