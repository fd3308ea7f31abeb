#pragma once

#include <cstdint>
#include <optional>

namespace shoal::client {

/// Bytes a second; 0: none.
struct TransferLimits {
    std::uint64_t torrent = 0;  ///< its own
    std::uint64_t session = 0;  ///< of all torrents together
};

/// A torrent at one moment. Rates are left to RateMeter, which takes the 64-bit totals.
struct TorrentStatus {
    enum class State { kMetadata, kChecking, kDownloading, kSeeding };
    State state = State::kChecking;
    std::uint32_t pieces = 0;
    std::uint32_t pieces_have = 0;
    std::uint64_t bytes = 0;            ///< of the files that are wanted, and what shares a piece with them
    std::uint64_t bytes_have = 0;       ///< of those: in verified pieces and in the blocks of unfinished ones
    std::uint64_t downloaded = 0;       ///< content received in this session
    std::uint64_t uploaded = 0;         ///< content sent in this session
    int peers = 0;                      ///< connected
    int seeds = 0;                      ///< of those, the ones with all pieces
    int leechers = 0;                   ///< of those, the ones that still lack pieces
    int rationing_origins = 0;          ///< of the seeds, those that decide what we get next
    int peers_choking = 0;              ///< connected, have what we want, and do not send now
    int peers_offering = 0;             ///< connected, have what we want, and let us ask for it
    int peers_sending = 0;              ///< of those, the ones from whom content arrives
    int receiving_waits_for_limit = 0;  ///< connections that may not receive now
    int receiving_waits_for_disk = 0;   ///< until it has written what came
    std::uint64_t bytes_to_write = 0;   ///< received from peers, and not yet on the disk
    int peers_asking = 0;               ///< connected, and want something of us
    int peers_served = 0;               ///< of those, the ones that may ask for it
    int sending_waits_for_limit = 0;
    int sending_waits_for_disk = 0;  ///< until it has read what is to be sent
    TransferLimits limits_down;
    TransferLimits limits_up;
    int peers_known = 0;                  ///< addresses learned, connected or not
    std::optional<int> tracker_leechers;  ///< counted by a tracker, us included
    std::optional<int> tracker_seeds;     ///< counted by a tracker, us included
};

}  // namespace shoal::client
