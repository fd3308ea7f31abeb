#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tracker/model/record.hpp"

namespace shoal::tracker {

/// A peer whose record is to go: the store finds it by its number, or by who it was.
struct RemovedPeer {
    std::uint64_t number = 0;
    InfoHash info_hash;
    PeerContact contact;
    UnixSeconds last_seen = 0;     ///< or when it left
    std::uint64_t counted_by = 0;  ///< as in its PeerRecord
};

/// What happened to the swarms, and to the channels, since the last time. The removals of a batch come before
/// its records.
struct Changes {
    std::vector<std::uint64_t> removed_swarms;
    std::vector<SwarmRecord> swarms;
    std::vector<RemovedPeer> removed_peers;
    std::vector<PeerRecord> peers;
    std::vector<std::string> removed_channels;  ///< their names
    std::vector<ChannelRecord> channels;

    [[nodiscard]] std::size_t size() const {
        return removed_swarms.size() + swarms.size() + removed_peers.size() + peers.size() +
               removed_channels.size() + channels.size();
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    void clear() {
        removed_swarms.clear();
        swarms.clear();
        removed_peers.clear();
        peers.clear();
        removed_channels.clear();
        channels.clear();
    }
};

class ChangeSource {
  public:
    virtual ~ChangeSource() = default;
    /// Hands over all changes, each once. Applied one batch after the other, in one transaction each, they
    /// make a store equal to the source. Several changes of one record are one change.
    virtual void take_changes(Changes& changes) = 0;
};

}  // namespace shoal::tracker
