#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "client/daemon/torrent_view.hpp"

namespace shoal::daemon {

/// Whether the state folder is behind what the daemon knows, and why. Logs when that begins and when it ends.
class StateHealth {
  public:
    void torrent_failed(TorrentNumber number, const std::string& why);
    void torrent_written(TorrentNumber number);
    /// It is removed: nothing of it has to be saved.
    void forget(TorrentNumber number) { torrent_written(number); }
    void session_failed(const std::string& why);
    void session_written();

    [[nodiscard]] bool torrents_behind() const { return !behind_.empty(); }
    [[nodiscard]] bool session_behind() const { return session_behind_; }
    /// For as long as something is behind; empty: nothing is.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    [[nodiscard]] std::uint64_t failures() const { return failures_; }  ///< since the start

  private:
    void failed(const std::string& why);
    void written();

    std::unordered_set<TorrentNumber> behind_;  ///< whose last save failed
    bool session_behind_ = false;
    std::string trouble_;
    std::uint64_t failures_ = 0;
};

}  // namespace shoal::daemon
