#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <mutex>
#include <optional>

#include "common/ip_address.hpp"

namespace shoal::client {

/// Dials back peers that dialled us and were refused, for the torrents of a session, the newest first. For
/// use by two threads.
///
/// Also for finished torrents, where the session's own do not dial (seeding_outgoing_connections): that is
/// allowed for as long as it takes.
class TorrentDialler {
  public:
    using Clock = std::chrono::steady_clock;
    /// Transmission takes one handshake of an address at a time, and libtorrent dials ten times a second.
    static constexpr std::chrono::milliseconds kBetweenDials{150};
    /// So many of the newest torrents are tried.
    static constexpr std::size_t kTorrents = 32;
    /// What waits beyond is forgotten: whose address was forged shall not be dialled for hours.
    static constexpr std::size_t kMostWaiting = 256;
    /// After the last dial, until finished torrents may not any more.
    static constexpr std::chrono::milliseconds kSettle{1000};

    /// @param finished_dial  the session's seeding_outgoing_connections
    explicit TorrentDialler(bool finished_dial) : finished_dial_(finished_dial) {}

    void use(const libtorrent::session_handle& session);
    void add(const libtorrent::torrent_handle& torrent);
    void want(const Endpoint& peer);
    /// Dials the next one, if it is time to.
    /// @return when to come again; nothing: when somebody is wanted
    std::optional<Clock::time_point> dial(Clock::time_point now);

  private:
    struct Dial {
        libtorrent::torrent_handle torrent;
        Endpoint peer;
    };
    void let_finished_dial(bool may);

    const bool finished_dial_;
    std::mutex mutex_;  ///< guards all below
    libtorrent::session_handle session_;
    std::deque<libtorrent::torrent_handle> torrents_;
    std::deque<Dial> waiting_;
    Clock::time_point next_;
    bool finished_may_ = false;  ///< dial, for now
};

}  // namespace shoal::client
