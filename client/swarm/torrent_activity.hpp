#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/swarm/torrent_spec.hpp"

/// What the owner of many torrents watches. Unlike TorrentStatus it comes in one event for all torrents that
/// changed, so that idle ones cost nothing.
namespace shoal::client {

struct TorrentActivity {
    TorrentId torrent = 0;
    enum class State {
        kMetadata,
        kCheckWaiting,
        kChecking,
        kDownloading,
        kFinished
    } state = State::kDownloading;
    bool paused = false;
    double check_progress = 0;  ///< 0 to 1
    std::uint64_t wanted = 0;   ///< bytes of the files that are to be downloaded
    std::uint64_t wanted_done = 0;
    std::uint64_t done = 0;        ///< bytes in verified pieces
    std::uint64_t downloaded = 0;  ///< content since the torrent was first added, also in earlier sessions
    std::uint64_t uploaded = 0;
    std::uint64_t failed = 0;  ///< received in this session, and did not match its hash
    std::uint64_t rate_down = 0;
    std::uint64_t rate_up = 0;
    int peers = 0;
    int seeds = 0;
    std::int64_t seconds_active = 0;   ///< not paused
    std::int64_t seconds_seeding = 0;  ///< complete and not paused
};

/// A connected peer.
struct PeerDetail {
    Endpoint endpoint;
    std::string client;
    double progress = 0;  ///< 0 to 1
    std::uint64_t rate_down = 0;
    std::uint64_t rate_up = 0;
    bool we_choke = false;
    bool we_are_interested = false;
    bool peer_chokes = false;
    bool peer_is_interested = false;
    bool incoming = false;
    bool encrypted = false;
    bool utp = false;
    bool web_seed = false;
    bool from_tracker = false;
    bool from_dht = false;
    bool from_pex = false;
    bool from_lsd = false;
    bool from_resume_data = false;
};

struct TrackerDetail {
    std::string url;
    int tier = 0;
    bool updating = false;
    bool verified = false;     ///< has answered at least once
    std::string why;           ///< of the last failure, or the tracker's warning; empty: fine
    std::int64_t next_in = 0;  ///< seconds
    int seeds = -1;            ///< as the tracker said; -1: it did not
    int leechers = -1;
    int downloads = -1;
};

}  // namespace shoal::client
