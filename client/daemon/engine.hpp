#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/daemon/session_view.hpp"
#include "client/daemon/torrent_view.hpp"

namespace shoal::daemon {

/// What `torrent-set` changes: only what is set.
struct TorrentChange {
    std::optional<bool> limited_down, limited_up, honors_session_limits;
    std::optional<std::uint64_t> limit_down, limit_up;  ///< bytes a second
    std::optional<int> peer_limit;
    std::optional<GoalSource> ratio_source, idle_source;
    std::optional<double> ratio_limit;
    std::optional<int> idle_minutes;
    std::optional<std::vector<std::string>> labels;
    std::optional<std::vector<std::vector<std::string>>> trackers;  ///< all of them, in tiers
    /// Files by index and whether they are to be downloaded.
    std::vector<std::pair<std::uint32_t, bool>> wanted;
    std::vector<std::pair<std::uint32_t, FilePriority>> priorities;
};

/// What `torrent-add` asks for. Exactly one of `manifest` and `magnet` is set.
struct AddRequest {
    std::string manifest;  ///< the bytes of a .torrent, not yet judged
    std::string magnet;
    std::string folder;          ///< absolute; empty: the session's
    std::optional<bool> paused;  ///< without: as the session says
    int peer_limit = 0;          ///< 0: the session's
    std::vector<std::string> labels;
    std::string reuse;      ///< absolute; an older version of the content, to start from; empty: none
    bool replace = false;   ///< other content of its name; that is where it starts unless `reuse` says other
    bool keep_old = false;  ///< what it replaces stays beside it
    std::string watched;    ///< the file of the watch folder that asks for it; empty: none
    /// Which of so many files are wanted; throws Error to refuse the torrent. Null: all of them.
    std::function<TorrentChange(std::uint32_t files)> choose;
};

struct AddResult {
    TorrentNumber number = 0;
    bool duplicate = false;  ///< it was there already, and stays as it was
    bool same_file = false;  ///< the duplicate came from the same file of the watch folder
};

/// The torrents and the session, as the control protocol sees them. Called from one thread. A torrent that is
/// not there, and what cannot be done, is an Error whose text the user reads.
class Engine {
  public:
    virtual ~Engine() = default;

    /// In ascending order.
    [[nodiscard]] virtual std::vector<TorrentNumber> torrents() const = 0;
    /// @param hash  40 hex digits in any letter case, or 64 for v2
    [[nodiscard]] virtual std::optional<TorrentNumber> find(std::string_view hash) const = 0;
    [[nodiscard]] virtual TorrentView view(TorrentNumber torrent) const = 0;
    [[nodiscard]] virtual TorrentDetail detail(TorrentNumber torrent) const = 0;
    [[nodiscard]] virtual std::vector<FileView> files(TorrentNumber torrent) const = 0;
    [[nodiscard]] virtual std::vector<PeerView> peers(TorrentNumber torrent) const = 0;
    [[nodiscard]] virtual std::vector<TrackerView> trackers(TorrentNumber torrent) const = 0;
    /// Looks at every connection, so only for who asks.
    [[nodiscard]] virtual SlowView slow(TorrentNumber torrent) const = 0;
    /// One element a piece.
    [[nodiscard]] virtual std::vector<bool> pieces(TorrentNumber torrent) const = 0;
    /// Removed within the last minute.
    [[nodiscard]] virtual std::vector<TorrentNumber> recently_removed() const = 0;
    /// Of the system clock, seconds since 1970.
    [[nodiscard]] virtual std::int64_t now() const = 0;

    virtual AddResult add(const AddRequest& request) = 0;
    virtual void start(TorrentNumber torrent) = 0;
    virtual void stop(TorrentNumber torrent) = 0;
    virtual void verify(TorrentNumber torrent) = 0;
    virtual void reannounce(TorrentNumber torrent) = 0;
    virtual void remove(TorrentNumber torrent, bool delete_content) = 0;
    virtual void change(TorrentNumber torrent, const TorrentChange& change) = 0;
    /// @param move  false: the content is there already
    virtual void relocate(TorrentNumber torrent, const std::string& folder, bool move) = 0;
    /// @param path  of a file or folder of the torrent, as FileView shows it
    virtual void rename(TorrentNumber torrent, const std::string& path, const std::string& name) = 0;

    [[nodiscard]] virtual SessionView session() const = 0;
    [[nodiscard]] virtual SessionStats stats() const = 0;
    virtual void change_session(const SessionChange& change) = 0;
    /// Ends the daemon soon after the answer was sent.
    virtual void close() = 0;
};

}  // namespace shoal::daemon
