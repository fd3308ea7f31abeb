#include "client/swarm/plugin/torrent_dialler.hpp"

#include <algorithm>
#include <libtorrent/error_code.hpp>
#include <libtorrent/settings_pack.hpp>
#include <utility>

#include "client/swarm/plugin/added_places.hpp"
#include "client/swarm/plugin/endpoint.hpp"

namespace shoal::client {
namespace lt = libtorrent;

void TorrentDialler::use(const lt::session_handle& session) {
    const std::lock_guard lock(mutex_);
    session_ = session;
}

void TorrentDialler::add(const lt::torrent_handle& torrent) {
    const std::lock_guard lock(mutex_);
    torrents_.push_front(torrent);
    if (torrents_.size() > kTorrents) torrents_.pop_back();
}

void TorrentDialler::want(const Endpoint& peer) {
    const std::lock_guard lock(mutex_);
    for (const lt::torrent_handle& torrent : torrents_) {
        if (waiting_.size() < kMostWaiting) waiting_.push_back({torrent, peer});
    }
}

std::optional<TorrentDialler::Clock::time_point> TorrentDialler::dial(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty() && now >= next_) {
        try {
            let_finished_dial(true);
            waiting_.front().torrent.connect_peer(to_libtorrent(waiting_.front().peer), kDialledUs);
            next_ = now + kBetweenDials;
        } catch (const lt::system_error&) {
            // The torrent, or the session, has gone meanwhile.
        }
        waiting_.pop_front();
    }
    if (!waiting_.empty()) return std::max(now, next_);
    if (!finished_may_) return std::nullopt;
    if (now < next_ + kSettle) return next_ + kSettle;
    try {
        let_finished_dial(false);
    } catch (const lt::system_error&) {
        // Nobody dials in a session that has gone.
    }
    return std::nullopt;
}

void TorrentDialler::let_finished_dial(bool may) {
    if (finished_dial_ || std::exchange(finished_may_, may) == may) return;
    lt::settings_pack change;
    change.set_bool(lt::settings_pack::seeding_outgoing_connections, may);
    session_.apply_settings(change);
}

}  // namespace shoal::client
