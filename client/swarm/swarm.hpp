#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "client/swarm/events.hpp"
#include "client/swarm/session_profile.hpp"
#include "client/swarm/torrent_spec.hpp"
#include "client/swarm/torrent_status.hpp"

namespace shoal::client {

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

    /// Throws Error: kBadTorrent for a manifest or magnet that libtorrent refuses.
    TorrentId add(const TorrentSpec& spec);
    /// After MetadataReceived: the content may be downloaded.
    /// @param name  of the file or folder to write; empty: the manifest's own
    void approve(TorrentId torrent);
    /// Its files stay.
    void remove(TorrentId torrent);

    /// Waits for the first event, at most `timeout`; returns at once where `wake_fd` is or becomes readable.
    std::vector<Event> wait(std::chrono::milliseconds timeout, int wake_fd = -1);
    [[nodiscard]] TorrentStatus status(TorrentId torrent) const;

    void flush(TorrentId torrent);
    void request_resume_data(TorrentId torrent);
    /// Asks all trackers now, whatever their interval.
    void reannounce(TorrentId torrent);
    /// Closes its connections and neither downloads nor uploads until resumed.
    void pause(TorrentId torrent);
    /// Clears a TorrentFailed and goes on.
    void retry(TorrentId torrent);

  private:
    class Session;
    std::unique_ptr<Session> session_;
};

}  // namespace shoal::client
