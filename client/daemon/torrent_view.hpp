#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What the daemon shows of a torrent. Sizes are bytes, rates bytes a second, times seconds since 1970 (0:
/// never), unless said otherwise.
namespace shoal::daemon {

/// Small, as people type them; never reused, also not after a restart.
using TorrentNumber = std::int64_t;

/// The numbers are those of the Transmission RPC (version 14 and later).
enum class TorrentState : int {
    kStopped = 0,
    kCheckWaiting = 1,
    kChecking = 2,
    kDownloading = 4,
    kSeeding = 6,
};

/// The numbers are those of the Transmission RPC.
enum class TroubleKind : int { kNone = 0, kTrackerWarning = 1, kTracker = 2, kLocal = 3 };

/// What a torrent's trouble is about, for who counts torrents.
enum class TroubleReason {
    kNone,
    kTracker,         ///< refuses, or does not answer
    kDiskFull,        ///< no space, or over a quota
    kNotPermitted,    ///< permissions, or a file system that is read only
    kMissing,         ///< a file or folder is not there
    kFileSystem,      ///< another error of the file system
    kContentChanged,  ///< what was complete is not as it was
    kPlaceTaken,      ///< other content has its name, or belongs to another torrent
    kBadTorrent,      ///< the manifest or the state of it cannot be used
    kOther,
};

/// Whose seeding goal counts. The numbers are those of the Transmission RPC.
enum class GoalSource : int { kSession = 0, kOwn = 1, kNone = 2 };

/// What the user may choose for one torrent.
struct TorrentSettings {
    bool limited_down = false;
    bool limited_up = false;
    std::uint64_t limit_down = 0;  ///< kept while it is switched off
    std::uint64_t limit_up = 0;
    bool honors_session_limits = true;
    int peer_limit = 0;  ///< 0: the session's
    GoalSource ratio_source = GoalSource::kSession;
    double ratio_limit = 0;
    GoalSource idle_source = GoalSource::kSession;
    int idle_minutes = 0;
    std::vector<std::string> labels;
};

struct TorrentView {
    TorrentNumber number = 0;
    std::string hash;  ///< 40 hex digits: of v1, or the truncated one of v2 (BEP 52)
    std::string name;
    std::string folder;  ///< that holds the content
    TorrentState state = TorrentState::kStopped;
    double check_progress = 0;  ///< 0 to 1
    bool has_metadata = true;   ///< false: a magnet link that waits for its info dictionary
    bool is_private = false;
    bool goal_met = false;  ///< stopped because its seeding goal was reached
    bool stalled = false;
    std::uint64_t size = 0;         ///< of all the content
    std::uint64_t size_wanted = 0;  ///< of the files that are to be downloaded
    std::uint64_t have_verified = 0;
    std::uint64_t have_unverified = 0;  ///< in the blocks of unfinished pieces
    std::uint64_t left = 0;
    std::uint64_t available = 0;  ///< of `left`, what connected peers can give
    std::uint64_t downloaded = 0;
    std::uint64_t uploaded = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t rate_down = 0;
    std::uint64_t rate_up = 0;
    std::uint32_t pieces = 0;
    std::uint32_t piece_size = 0;
    std::uint32_t files = 0;
    int peers = 0;
    int peers_sending = 0;    ///< to us
    int peers_receiving = 0;  ///< from us
    int web_seeds_sending = 0;
    TroubleKind trouble = TroubleKind::kNone;
    TroubleReason trouble_reason = TroubleReason::kNone;
    std::string trouble_text;
    std::int64_t added_at = 0;
    std::int64_t started_at = 0;
    std::int64_t done_at = 0;
    std::int64_t active_at = 0;  ///< content was last sent or received
    std::int64_t edited_at = 0;
    std::int64_t seconds_downloading = 0;
    std::int64_t seconds_seeding = 0;
    TorrentSettings settings;
};

/// What sets a torrent's pace, as client::SlowReason says it.
struct SlowView {
    std::string cause;  ///< "disk", "link", "peers", "tracker", "rationed"; empty: nothing to complain of
    std::string why;
};

/// What never changes and is asked for rarely; not kept in memory.
struct TorrentDetail {
    std::string comment;
    std::string creator;
    std::int64_t created_at = 0;
    std::string magnet;
    std::string torrent_file;  ///< path of the stored .torrent; empty before the metadata came
    std::vector<std::string> web_seeds;
    std::map<std::string, std::string> web_seed_failures;  ///< why, by URL; of those that fail now
};

enum class FilePriority : int { kLow = -1, kNormal = 0, kHigh = 1 };

struct FileView {
    std::string path;  ///< below the torrent's folder, '/'-separated
    std::uint64_t size = 0;
    std::uint64_t have = 0;
    bool wanted = true;
    FilePriority priority = FilePriority::kNormal;
};

struct PeerView {
    std::string address;
    std::uint16_t port = 0;
    std::string client;
    double progress = 0;  ///< 0 to 1
    std::uint64_t rate_to_us = 0;
    std::uint64_t rate_to_peer = 0;
    bool we_choke = false;
    bool we_are_interested = false;
    bool peer_chokes = false;
    bool peer_is_interested = false;
    bool incoming = false;
    bool encrypted = false;
    bool utp = false;
    enum class Source { kTracker, kDht, kPex, kLsd, kIncoming, kResume, kOther } source = Source::kOther;
};

struct TrackerView {
    int tier = 0;
    std::string announce;
    enum class State : int { kInactive = 0, kWaiting = 1, kQueued = 2, kActive = 3 } state = State::kInactive;
    bool has_announced = false;
    bool succeeded = false;
    std::string answer;  ///< "Success", or the tracker's own words
    std::int64_t last_at = 0;
    std::int64_t started_at = 0;  ///< of the announce that is under way, or else of the last one
    std::int64_t next_at = 0;
    int last_peers = 0;
    int seeds = -1;  ///< by the tracker's last scrape or announce; -1: it did not say
    int leechers = -1;
    int downloads = -1;
};

}  // namespace shoal::daemon
