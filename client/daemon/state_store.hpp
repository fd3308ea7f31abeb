#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/daemon/session_view.hpp"
#include "client/daemon/torrent_view.hpp"

namespace shoal::daemon {

/// The largest number that a torrent may get: exact in the JSON of every client.
inline constexpr TorrentNumber kMaxTorrentNumber = TorrentNumber{1} << 53;

/// What survives of a torrent when the daemon ends, however it ends.
struct TorrentRecord {
    TorrentNumber number = 0;
    std::string hash;    ///< 40 hex digits
    std::string magnet;  ///< where the manifest is not there yet
    std::string name;    ///< of the content, as it was before the manifest came or by renaming
    std::string folder;
    std::string made_folder;  ///< the topmost folder that was made for it; empty: it was there
    std::string moving_to;    ///< the folder that the content is on its way to; empty: it stays
    bool started = true;
    bool staged = false;     ///< still under a temporary name beside its place
    bool replaces = false;   ///< when it is complete, of whatever lies in its place then
    bool keep_old = false;   ///< what it replaces stays beside it
    std::string reuse;       ///< an older version that is still to be copied as its start; empty: none
    bool removing = false;   ///< it is no torrent any more: its content is being deleted
    std::string watched;     ///< the file of the watch folder that it came from; empty: none
    bool foreign = false;    ///< what lies in its place was there before it, and must not be changed
    bool displaced = false;  ///< another torrent took its place over: its content is not there any more
    bool goal_met = false;
    bool hook_owed = false;  ///< it is done, and the hook that is to hear of that has not ended yet
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t corrupt = 0;
    std::int64_t added_at = 0;
    std::int64_t done_at = 0;
    std::int64_t active_at = 0;
    std::int64_t seconds_downloading = 0;
    std::int64_t seconds_seeding = 0;
    TorrentSettings settings;
    std::vector<std::vector<std::string>> trackers;  ///< edited ones; empty: the manifest's
    std::vector<std::int8_t> file_choices;  ///< one a file: -2 unwanted, else FilePriority; empty: all normal
    /// One a file, of content in its place: is this file there too? The others have their places in the
    /// hidden folder until they are complete. Empty: all of them.
    std::vector<bool> placed;
    std::uint64_t content_mark = 0;  ///< of complete content in its place, see ContentWatch; 0: none
    std::vector<bool> have;          ///< one element a piece
    std::string swarm_state;         ///< opaque, of the session
};

/// The session's settings that the control port changed, and its totals.
struct SessionRecord {
    SessionChange changes;
    SessionTotals totals;
    TorrentNumber next_number = 1;
    /// Of the machine, see EngineOptions; empty: the daemon ended well, or it is not known.
    std::string boot;
    std::int64_t alive_at = 0;  ///< when this was saved; seconds since 1970
};

/// The state folder: for each torrent NUMBER.torrent (written once) and NUMBER.json, and session.json. Every
/// file is replaced as a whole, so that a power cut or a full disk leaves the version before. A file that
/// can't be read, is damaged, or holds what can't be, is set aside as NAME.damaged and logged: it costs its
/// torrent, never the daemon. Throws Error (kFileSystem).
class StateStore {
  public:
    /// Creates the folder and locks it. A second daemon on it is an Error (kFailed).
    /// @param patience  how long to wait for one that is ending, say because it was killed
    explicit StateStore(std::filesystem::path folder, std::chrono::milliseconds patience = {});
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;
    ~StateStore();

    /// In ascending order.
    [[nodiscard]] std::vector<TorrentNumber> torrents() const;
    /// Deletes manifests without a record: of a torrent that was added, and nobody told so, when the daemon
    /// was killed. Those of records that were set aside stay.
    void remove_orphans();
    /// Nothing where the file was set aside.
    [[nodiscard]] std::optional<TorrentRecord> load(TorrentNumber torrent);
    /// Empty where there is none, or where it was set aside.
    [[nodiscard]] SessionRecord load_session();

    void save(const TorrentRecord& record);
    void save(const SessionRecord& record);
    void save_manifest(TorrentNumber torrent, const std::string& bytes);
    /// Nothing where the metadata has not come yet.
    [[nodiscard]] std::optional<std::string> manifest(TorrentNumber torrent) const;
    /// For a manifest that turned out to be none.
    void set_manifest_aside(TorrentNumber torrent, const std::string& why);
    [[nodiscard]] std::filesystem::path manifest_path(TorrentNumber torrent) const;
    /// Missing files do not matter.
    void remove(TorrentNumber torrent);

  private:
    [[nodiscard]] std::filesystem::path record_path(TorrentNumber torrent) const;

    std::filesystem::path folder_;
    int lock_ = -1;
};

/// The content of NUMBER.json. Reading throws Error (kFailed) for what is not such a file, and for values
/// that none of these can have.
std::string write_record(const TorrentRecord& record);
TorrentRecord read_record(const std::string& text);
std::string write_record(const SessionRecord& record);
SessionRecord read_session_record(const std::string& text);

}  // namespace shoal::daemon
