#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "client/swarm/torrent_activity.hpp"
#include "client/swarm/torrent_spec.hpp"
#include "common/ip_address.hpp"

/// What a Swarm tells its owner, in the order in which it happened.
namespace shoal::client {

/// A magnet's info dictionary came from a peer. Nothing of it was judged yet but its hash; go on with
/// Swarm::approve or Swarm::remove.
struct MetadataReceived {
    TorrentId torrent = 0;
    std::string info;      ///< the info dictionary
    std::string manifest;  ///< a .torrent of it and the magnet's trackers; of v2 the piece layers are missing
};

/// What a peer sent as the metadata of a magnet is not what its info-hashes say. Others are asked.
struct MetadataRejected {
    TorrentId torrent = 0;
};

/// The piece layers (BEP 52) that a manifest lacked came from peers, or from the content itself. Each matches
/// the root of its file. Told once, and only where some were missing.
struct PieceLayersReceived {
    TorrentId torrent = 0;
    std::map<std::string, std::string>
        layers;  ///< of all files, by root; 32 raw bytes the root and each piece
};

/// What lies in the files was compared with the manifest, or with what was known of it: when it was added,
/// and after each Swarm::recheck. What the torrent's activity says from here on is of that.
struct ContentChecked {
    TorrentId torrent = 0;
};

/// Every wanted piece is verified. Some may still be on their way to the disk: see Flushed.
struct Finished {
    TorrentId torrent = 0;
};

/// Answers Swarm::flush: everything that was verified before the call is in the files.
struct Flushed {
    TorrentId torrent = 0;
};

/// The torrent stopped because of its files or because of something in libtorrent.
struct TorrentFailed {
    TorrentId torrent = 0;
    std::string path;      ///< the file; may be empty
    int error_number = 0;  ///< errno where it is the system's error, otherwise 0
    std::string why;
    bool content_changed = false;  ///< a file is not as it was when it was verified, or first read
};

struct TrackerAnswered {
    TorrentId torrent = 0;
    std::string url;
    int peers = 0;
};

struct TrackerFailed {
    TorrentId torrent = 0;
    std::string url;
    std::string why;  ///< the tracker's own words where it gave any
};

/// Answers Swarm::request_resume_data.
struct ResumeDataReady {
    TorrentId torrent = 0;
    std::vector<bool> have;  ///< one element a piece
    std::string
        swarm_state;  ///< opaque: unfinished pieces, known peers, totals; for TorrentSpec::swarm_state
};

/// The other answer to Swarm::request_resume_data.
struct ResumeDataFailed {
    TorrentId torrent = 0;
    std::string why;
};

/// A web seed (BEP 19) does not give what was asked for. It may be asked again.
struct WebSeedFailed {
    TorrentId torrent = 0;
    std::string url;
    std::string why;
};

/// A piece did not match its hash and is downloaded again.
struct PieceRejected {
    struct Sender {
        Endpoint peer;
        std::string client;   ///< as it calls itself, unchecked; may be empty
        bool banned = false;  ///< it sent the same piece damaged before: nothing more is taken from it
    };
    TorrentId torrent = 0;
    std::uint32_t piece = 0;
    std::vector<Sender> senders;  ///< peers that sent blocks of it and are still connected
};

struct Listening {
    Endpoint endpoint;
};

struct ListenFailed {
    std::string address;  ///< as asked for, "0.0.0.0:6881"
    std::string why;
};

/// Answers Swarm::request_activity: the torrents that changed since the last one.
struct ActivityChanged {
    std::vector<TorrentActivity> torrents;
};

/// Answers Swarm::move.
struct ContentMoved {
    TorrentId torrent = 0;
    std::filesystem::path folder;
};

struct MoveFailed {
    TorrentId torrent = 0;
    std::string why;
    int error_number = 0;  ///< as in TorrentFailed
};

/// Answers Swarm::place_files, once for each file.
struct FilePlaced {
    TorrentId torrent = 0;
    std::string path;
};

struct FilePlaceFailed {
    TorrentId torrent = 0;
    std::string why;
    int error_number = 0;  ///< as in TorrentFailed
};

using Event = std::variant<MetadataReceived, MetadataRejected, PieceLayersReceived, ContentChecked, Finished,
                           Flushed, TorrentFailed, TrackerAnswered, TrackerFailed, ResumeDataReady,
                           PieceRejected, WebSeedFailed, Listening, ListenFailed, ActivityChanged,
                           ContentMoved, MoveFailed, ResumeDataFailed, FilePlaced, FilePlaceFailed>;

}  // namespace shoal::client
