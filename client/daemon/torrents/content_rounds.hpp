#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "client/daemon/torrents/torrent_table.hpp"
#include "client/daemon/torrents/traffic.hpp"

namespace shoal::daemon {

/// Looks at the files of what is served, so many a second: whether somebody changed them. See ContentWatch.
class ContentRounds {
  public:
    /// @param seen  what is not as it was
    using Changed = std::function<void(Torrent&, const std::string& seen)>;

    ContentRounds(TorrentTable& torrents, const Traffic& traffic, TorrentGuard guard, Changed changed);

    /// Once a second. What is being sent comes first.
    void tick();

  private:
    /// @return files that were looked at
    std::size_t look(Torrent& torrent, std::size_t most);

    TorrentTable& torrents_;
    const Traffic& traffic_;
    TorrentGuard guard_;
    Changed changed_;
    TorrentNumber last_ = 0;
};

}  // namespace shoal::daemon
