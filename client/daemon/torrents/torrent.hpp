#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/content/content_watch.hpp"
#include "client/content/staging_folder.hpp"
#include "client/daemon/state_store.hpp"
#include "client/daemon/torrent_view.hpp"
#include "client/daemon/trouble_reason.hpp"
#include "client/swarm/reannounce_rule.hpp"
#include "client/swarm/torrent_activity.hpp"
#include "client/webseed/web_seeds.hpp"

namespace shoal::daemon {

/// One torrent of the daemon: what is saved of it, what the swarm says of it, and what is under way.
/// TorrentTable has them all; SwarmEngine changes them. `record.have` and `record.swarm_state` are empty
/// while the torrent runs: the swarm has them, and tells them when they are to be saved.
struct Torrent {
    TorrentRecord record;
    client::TorrentId swarm_id = 0;
    client::TorrentActivity activity;
    std::int64_t activity_at = 0;
    /// The swarm has not looked at its files yet: until then it ignores being told to check them.
    bool joining = false;
    bool verify_once_joined = false;
    bool rechecking = false;     ///< told to check its files; what comes of its activity may be from before
    bool verifying_own = false;  ///< foreign only until the check that the user asked for tells
    bool has_metadata = false;
    bool is_private = false;
    std::string made_by_move;         ///< as record.made_folder, once the move has ended well
    std::vector<std::string> hashes;  ///< that it may be asked for by
    std::uint64_t size = 0;           ///< bytes of all the content
    std::uint32_t pieces = 0;
    std::uint32_t piece_size = 0;
    std::uint32_t files = 0;
    bool single_file = false;
    std::int64_t started_at = 0;
    std::int64_t edited_at = 0;
    TroubleKind trouble = TroubleKind::kNone;
    TroubleReason trouble_reason = TroubleReason::kNone;
    std::string trouble_text;
    std::unique_ptr<client::ContentWatch> watch;  ///< while complete content is served from its place
    std::string doubt;                            ///< what the watch has seen, while all of it is read again
    std::unique_ptr<client::StagingFolder> staging;  ///< open while something grows there, see awaited_files
    std::unique_ptr<client::StagingFolder> next_staging;  ///< where a move of it leads
    /// The way of complete content into its place: once flushed it is moved. More than one flush may be under
    /// way.
    enum class Finishing { kNo, kFlushing, kMoving } finishing = Finishing::kNo;
    int flushes = 0;               ///< under way
    std::vector<bool> delivered;   ///< as record.placed, once the delivery that is under way is over
    std::size_t placing = 0;       ///< files that the swarm has still to call by their final names
    bool choices_waiting = false;  ///< the choice of files changed meanwhile
    struct TrackerTime {
        std::int64_t at = 0;
        int peers = 0;  ///< in the last answer
    };
    bool hook_noticed = false;  ///< in this run
    client::ReannounceRule reannounce;
    std::int64_t fed_at = 0;  ///< the tick at which it last got something, or there was nothing to get
    bool has_web_seeds = false;
    std::unique_ptr<client::WebSeeds> web_seeds;       ///< while it downloads, and has some
    std::map<std::string, TrackerTime> tracker_times;  ///< by URL; of those that were heard of

    [[nodiscard]] TorrentNumber number() const { return record.number; }
    [[nodiscard]] bool wants(std::size_t file) const;
    /// Of content that is not staged.
    [[nodiscard]] bool placed(std::size_t file) const;
    /// @param placed  as record.placed, one a file
    void set_placed(std::vector<bool> placed);
    /// Were files chosen that are not in their places yet, where the rest is?
    [[nodiscard]] bool awaits_files() const;
    [[nodiscard]] bool checking() const;
    [[nodiscard]] bool complete() const;
    /// Is there something that only its peers can give?
    [[nodiscard]] bool wants_peers() const;
    /// Where its content belongs.
    [[nodiscard]] std::filesystem::path place() const;
    /// Is what lies in its place its own content, to be read and written?
    [[nodiscard]] bool owns_place() const;
    /// Where its content grows, or is.
    [[nodiscard]] std::filesystem::path content_path() const;
    /// A folder of its own, not opened.
    [[nodiscard]] client::StagingFolder hidden_folder() const;

    // What it did, of this run and those before. The swarm counts on from what was saved for it.
    [[nodiscard]] std::uint64_t downloaded() const;
    [[nodiscard]] std::uint64_t uploaded() const;
    [[nodiscard]] std::uint64_t corrupt() const;
    [[nodiscard]] std::int64_t seconds_seeding(std::int64_t now) const;
    [[nodiscard]] std::int64_t seconds_downloading(std::int64_t now) const;
    /// What is to be remembered of it, but for what only the swarm knows.
    [[nodiscard]] TorrentRecord as_saved(std::int64_t now) const;
    /// Idle torrents send no news; while they are not paused their clock runs on.
    [[nodiscard]] std::int64_t seconds_without_news(std::int64_t now) const;
};

/// Runs a step of one torrent. What the step throws becomes that torrent's error, and nobody else's.
using TorrentGuard = std::function<void(Torrent&, const std::function<void()>&)>;

}  // namespace shoal::daemon
