#include "client/daemon/torrents/content_rounds.hpp"

#include <algorithm>
#include <utility>

namespace shoal::daemon {
namespace {

constexpr std::size_t kFilesARound = 256;  // a stat takes a microsecond, and on a network much longer

}  // namespace

ContentRounds::ContentRounds(TorrentTable& torrents, const Traffic& traffic, TorrentGuard guard,
                             Changed changed)
    : torrents_(torrents), traffic_(traffic), guard_(std::move(guard)), changed_(std::move(changed)) {}

void ContentRounds::tick() {
    std::size_t left = kFilesARound;
    const auto look_at = [&](Torrent& torrent) {
        guard_(torrent, [&] { left -= std::min(left, look(torrent, left)); });
    };
    for (const TorrentNumber number : traffic_.busy()) look_at(torrents_.at(number));
    for (std::size_t round = torrents_.size(); round > 0 && left > 0; --round) {
        Torrent& torrent = torrents_.next_after(last_);
        last_ = torrent.number();
        look_at(torrent);
    }
}

std::size_t ContentRounds::look(Torrent& torrent, std::size_t most) {
    if (!torrent.watch || torrent.activity.paused || torrent.checking() || !torrent.owns_place()) return 0;
    const std::size_t files = std::min(most, torrent.watch->files());
    if (const std::string seen = torrent.watch->changed(most); !seen.empty()) changed_(torrent, seen);
    return files;
}

}  // namespace shoal::daemon
