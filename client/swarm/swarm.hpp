#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/swarm/events.hpp"
#include "client/swarm/session_profile.hpp"
#include "client/swarm/torrent_activity.hpp"
#include "client/swarm/torrent_spec.hpp"
#include "client/swarm/torrent_status.hpp"
#include "common/metrics/histogram.hpp"

namespace shoal::client {

/// How long the disk took: to read a piece back and hash it, and for a call that wrote a run of blocks.
struct DiskCounts {
    metrics::Histogram::Counts piece_hash;
    metrics::Histogram::Counts write;
};

/// A BitTorrent session: the torrents of one process and the sockets they share. Its owner calls it from one
/// thread; libtorrent's own threads stay behind it.
class Swarm {
  public:
    /// Starts listening in the background; Listening and ListenFailed tell how that went.
    explicit Swarm(const SessionProfile& profile);
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;
    /// Says goodbye to the trackers and closes everything; seconds at most.
    ~Swarm();

    /// Throws Error: kBadTorrent for a manifest or magnet that libtorrent refuses, or has already.
    TorrentId add(const TorrentSpec& spec);
    /// After MetadataReceived: the content may be downloaded.
    void approve(TorrentId torrent);
    /// Its files stay unless told otherwise.
    void remove(TorrentId torrent, bool delete_content = false);

    /// Waits for the first event, at most `timeout`; returns at once where `wake_fd` is or becomes readable.
    /// What fails for one torrent is that torrent's TorrentFailed.
    std::vector<Event> wait(std::chrono::milliseconds timeout, int wake_fd = -1);
    [[nodiscard]] TorrentStatus status(TorrentId torrent) const;

    /// Connects to these now.
    void dial(TorrentId torrent, const std::vector<Endpoint>& peers);
    void flush(TorrentId torrent);
    void request_resume_data(TorrentId torrent);
    /// Asks all trackers, the DHT and the local network now, whatever their interval; on the internet not
    /// before the minimum that a tracker has named.
    void reannounce(TorrentId torrent);
    /// Closes its connections and neither downloads nor uploads until resumed.
    void pause(TorrentId torrent);
    /// Clears a TorrentFailed and goes on. Ends `hold`.
    void retry(TorrentId torrent);
    /// Downloads nothing until approved or retried; what is there is checked and uploaded.
    void hold(TorrentId torrent);

    // What a daemon with many torrents needs beside that. Rates are bytes a second, 0 is no limit.

    /// Brings ActivityChanged, which costs nothing for torrents that did not change.
    void request_activity();
    void limit(TorrentId torrent, std::uint64_t down, std::uint64_t up);
    /// @param peers  all connections, whoever dialled; it dials until it has the profile's share of them
    void limit_peers(TorrentId torrent, int peers);
    void limit_session(std::uint64_t down, std::uint64_t up, int peers);
    /// Hashes all content again.
    void recheck(TorrentId torrent);
    /// Moves the content to `folder`; fails where something else has its name there. Files that were moved
    /// there already, and are still reached by their old names, stay. See ContentMoved, MoveFailed.
    void move(TorrentId torrent, const std::filesystem::path& folder);
    /// Renames files, each to its path below the folder of the content, as TorrentSpec::paths has them, and
    /// moves along what is there. See FilePlaced, FilePlaceFailed.
    void place_files(TorrentId torrent, const std::map<std::uint32_t, std::string>& paths);
    /// One element a file, padding left out: -2 is not wanted, -1 low, 0 normal, 1 high. What a piece holds
    /// of files that are not wanted is kept in a hidden file beside the content.
    void choose_files(TorrentId torrent, const std::vector<std::int8_t>& choices);
    /// Asked for content from now on, until removed (BEP 19).
    void add_web_seed(TorrentId torrent, const std::string& url);
    void remove_web_seed(TorrentId torrent, const std::string& url);
    /// Those of its manifest, however libtorrent writes them now.
    void remove_web_seeds(TorrentId torrent);
    void set_trackers(TorrentId torrent, const std::vector<std::vector<std::string>>& tiers);
    [[nodiscard]] std::vector<PeerDetail> peer_details(TorrentId torrent) const;
    /// Since the session's start.
    [[nodiscard]] DiskCounts disk_counts() const;
    [[nodiscard]] std::vector<TrackerDetail> tracker_details(TorrentId torrent) const;
    /// Bytes of each file that are there, padding left out.
    [[nodiscard]] std::vector<std::uint64_t> file_progress(TorrentId torrent) const;
    /// One element a piece.
    [[nodiscard]] std::vector<bool> have(TorrentId torrent) const;

  private:
    class Session;
    std::unique_ptr<Session> session_;
};

}  // namespace shoal::client
