#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "client/content/copy_jobs.hpp"
#include "client/content/staging_folder.hpp"
#include "client/daemon/engine.hpp"
#include "client/daemon/peer_lookup.hpp"
#include "client/daemon/rate_schedule.hpp"
#include "client/daemon/state_store.hpp"
#include "client/swarm/events.hpp"
#include "client/swarm/steady_rate.hpp"
#include "client/webseed/web_seed_watch.hpp"

namespace shoal {
class Error;
}
namespace shoal::client {
class Swarm;
struct TorrentSpec;
}  // namespace shoal::client
namespace shoal::manifest {
struct Manifest;
}

namespace shoal::daemon {

/// What only the configuration chooses.
struct EngineOptions {
    SessionView session;               ///< the values at the start, before the control port's changes
    std::vector<RateRule> rate_rules;  ///< by time of day; the first that fits wins
    std::int64_t seed_seconds = 0;     ///< seeding goal; 0: none
    bool keep_old = false;             ///< of every torrent, what it replaces stays beside it
    bool done_hook = false;            ///< somebody is to be told of what is done, see hook_ended()
    std::int64_t save_every = 20;      ///< seconds, for torrents that changed
    webseed::Rules web_seeds;          ///< where they may be asked
};

/// Something that hooks are run for.
struct TorrentNotice {
    enum class Kind { kDone, kError } kind = Kind::kDone;
    TorrentView torrent;
    std::filesystem::path content;
};

/// The torrents of the daemon: Engine on a Swarm, kept in a StateStore. Everything on one thread. Idle
/// torrents cost nothing a tick: activity comes from the swarm for those that changed. Whatever goes wrong
/// with one torrent is the state of that torrent: load, handle and tick throw nothing of it.
class SwarmEngine : public Engine {
  public:
    using Clock = std::function<std::int64_t()>;  ///< seconds since 1970
    using LocalTime = std::function<WeekTime()>;

    SwarmEngine(client::Swarm& swarm, StateStore& store, EngineOptions options, Clock clock,
                LocalTime local_time);
    ~SwarmEngine() override;

    /// Brings back what the state folder holds; goes on with what was started.
    void load();
    /// New values of what the configuration chooses.
    void reconfigure(EngineOptions options);
    void handle(const client::Event& event);
    /// Once a second.
    void tick();
    /// Saves all torrents that changed, in the background; `saved` tells when that is over.
    void save_all();
    void continue_saving() { save_some(); }
    [[nodiscard]] bool saved() const { return saving_.empty() && overdue_.empty(); }
    /// @param ending  nothing is added any more
    void save_session(bool ending = false);
    /// Each is taken once in a run. One that is done comes again in the next run where the daemon ends before
    /// hook_ended().
    std::vector<TorrentNotice> take_notices();
    /// The hook of a torrent that is done has run, or there is none any more.
    void hook_ended(TorrentNumber torrent);
    [[nodiscard]] bool close_requested() const { return close_requested_; }
    /// Why the state folder is behind, for as long as it is; empty: it is not.
    [[nodiscard]] const std::string& state_trouble() const { return state_trouble_; }
    [[nodiscard]] std::uint64_t state_failures() const { return state_failures_; }
    [[nodiscard]] std::vector<Endpoint> listening() const { return listening_; }

    [[nodiscard]] std::vector<TorrentNumber> torrents() const override;
    [[nodiscard]] std::optional<TorrentNumber> find(std::string_view hash) const override;
    [[nodiscard]] TorrentView view(TorrentNumber torrent) const override;
    [[nodiscard]] TorrentDetail detail(TorrentNumber torrent) const override;
    [[nodiscard]] std::vector<FileView> files(TorrentNumber torrent) const override;
    [[nodiscard]] std::vector<PeerView> peers(TorrentNumber torrent) const override;
    [[nodiscard]] std::vector<TrackerView> trackers(TorrentNumber torrent) const override;
    [[nodiscard]] SlowView slow(TorrentNumber torrent) const override;
    [[nodiscard]] std::vector<bool> pieces(TorrentNumber torrent) const override;
    [[nodiscard]] std::vector<TorrentNumber> recently_removed() const override;
    [[nodiscard]] std::int64_t now() const override { return clock_(); }
    AddResult add(const AddRequest& request) override;
    void start(TorrentNumber torrent) override;
    void stop(TorrentNumber torrent) override;
    void verify(TorrentNumber torrent) override;
    void reannounce(TorrentNumber torrent) override;
    void remove(TorrentNumber torrent, bool delete_content) override;
    void change(TorrentNumber torrent, const TorrentChange& change) override;
    void relocate(TorrentNumber torrent, const std::string& folder, bool move) override;
    void rename(TorrentNumber torrent, const std::string& path, const std::string& name) override;
    [[nodiscard]] SessionView session() const override;
    [[nodiscard]] SessionStats stats() const override;
    void change_session(const SessionChange& change) override;
    void close() override { close_requested_ = true; }

  private:
    struct Entry;

    Entry& at(TorrentNumber torrent);
    [[nodiscard]] const Entry& at(TorrentNumber torrent) const;
    Entry* of_swarm(client::TorrentId id);
    Entry& insert(std::unique_ptr<Entry> entry);
    /// The one place where what happens to a torrent reaches it: what `step` throws stops this torrent.
    void guarded(Entry& entry, const std::function<void()>& step);
    /// The torrent may be asked for by these.
    void name_hashes(Entry& entry, const std::vector<std::string>& hashes);
    void load_one(TorrentNumber number);
    void join_swarm(Entry& entry, const std::string& manifest);
    void leave_swarm(Entry& entry, bool delete_content = false);
    /// Takes it out of every list; `entry` is gone then.
    void forget(Entry& entry);
    /// Of its manifest; nothing where there is none, or none any more.
    [[nodiscard]] std::optional<manifest::Manifest> facts_of(const Entry& entry) const;
    void apply_settings(Entry& entry);
    void apply_rates();
    /// Saved with the next round.
    void touch(Entry& entry);
    /// Saved within a second or so: somebody chose it, and counts on it.
    void touch_soon(Entry& entry);
    /// A daemon that is killed the next moment must find it.
    void save_now(Entry& entry);
    /// What is to be remembered of it now, but for what only the swarm knows.
    [[nodiscard]] TorrentRecord as_saved(const Entry& entry) const;
    /// @param resume  null: what is saved of it stays
    void store_record(Entry& entry, const client::ResumeDataReady* resume);
    void state_failed(const std::string& why);
    void state_written();
    void check_goal(Entry& entry);
    /// From now on its complete content is to stay as it is.
    void watch(Entry& entry, const manifest::Manifest& facts);
    /// The same, where it is settled: complete, in its place, and not on its way to another.
    void watch(Entry& entry);
    /// A look at some files of what is served.
    void look_after_contents();
    /// @return files that were looked at
    std::size_t look_after_content(Entry& entry, std::size_t most);
    /// Serves nothing of it until all of it was read again.
    void doubt(Entry& entry, const std::string& seen);
    struct TotalRates {
        std::uint64_t down = 0;
        std::uint64_t up = 0;
    };
    [[nodiscard]] TotalRates total_rates() const;
    void on(const client::ActivityChanged& changed);
    void on(const client::Listening& listening);
    void on(const client::ListenFailed& failed);
    void on(Entry& entry, const client::MetadataReceived& metadata);
    void on(Entry& entry, const client::MetadataRejected& rejected);
    void on(Entry& entry, const client::PieceLayersReceived& received);
    void on(Entry& entry, const client::ContentChecked& checked);
    void on(Entry& entry, const client::Finished& finished);
    void on(Entry& entry, const client::Flushed& flushed);
    void on(Entry& entry, const client::TorrentFailed& failed);
    void on(Entry& entry, const client::TrackerAnswered& answered);
    void on(Entry& entry, const client::TrackerFailed& failed);
    void on(Entry& entry, const client::ResumeDataReady& resume);
    void on(Entry& entry, const client::ResumeDataFailed& failed);
    void on(Entry& entry, const client::PieceRejected& rejected);
    void on(Entry& entry, const client::WebSeedFailed& failed);
    void on(Entry& entry, const client::ContentMoved& moved);
    void on(Entry& entry, const client::MoveFailed& failed);
    void on(Entry& entry, const client::FilePlaced& placed);
    void on(Entry& entry, const client::FilePlaceFailed& failed);
    void update(Entry& entry, const client::TorrentActivity& activity);
    void recheck(Entry& entry);
    void judge_foreign(Entry& entry);
    /// Pieces say nothing of bytes behind the content's end, nor of zeros that are missing before it.
    [[nodiscard]] bool has_right_sizes(const Entry& entry) const;
    // swarm_engine_files.cpp: files that are chosen when the content is in its place

    /// Was some of its files there before, whole, and were others chosen since?
    [[nodiscard]] bool only_lacks_files(const Entry& entry) const;
    /// Is every file that is wanted verified?
    [[nodiscard]] bool has_all_wanted(const Entry& entry) const;
    /// Files that are wanted, and have their places in the hidden folder: by number.
    [[nodiscard]] static std::map<std::uint32_t, std::string> awaited_files(const Entry& entry,
                                                                            const manifest::Manifest& facts);
    /// Of all that are not in their places, for the swarm.
    [[nodiscard]] static std::map<std::uint32_t, std::string> hidden_paths(const Entry& entry,
                                                                           const manifest::Manifest& facts);
    /// From now on what is not there whole has its place in the hidden folder.
    void note_placed(Entry& entry, const manifest::Manifest& facts, const std::vector<bool>& whole);
    static void open_staging(Entry& entry);
    void choices_changed(Entry& entry);
    /// Puts what was chosen later, and is complete, beside the rest.
    void deliver_awaited(Entry& entry);
    void awaited_delivered(Entry& entry);
    /// Of all files, those that the last delivery moved alone; empty where it moved all content as one.
    static std::vector<bool> files_of_delivery(const client::StagingFolder& staging,
                                               const manifest::Manifest& facts);
    /// After a kill: which of them were delivered?
    void find_placed(Entry& entry, const manifest::Manifest& facts) const;
    /// Then what is verified by now is in the files: see on(Flushed).
    void flush(Entry& entry);
    void joined(Entry& entry);
    /// Looks at the web seeds of what is to be downloaded, and has them asked.
    void begin_web_seeds(Entry& entry);
    void tick_web_seeds();
    void content_complete(Entry& entry);
    void choose_place(Entry& entry, const std::string& name);
    void save_some();
    TorrentNumber take_number();
    void announce_done(Entry& entry);
    void local_trouble(Entry& entry, TroubleReason reason, const std::string& text);
    [[nodiscard]] std::filesystem::path content_path(const Entry& entry) const;
    /// A folder of its own, not opened.
    [[nodiscard]] static client::StagingFolder staging_of(const Entry& entry);
    /// What lies in its place is not its content, and it may be: it comes beside that, starting from it, and
    /// takes the place when it is complete.
    void begin_update(Entry& entry);
    void begin_copy(Entry& entry, const manifest::Manifest& facts);
    void copied(const client::CopyJobs::Result& result);
    /// What a delivery does with what it finds in its place.
    [[nodiscard]] client::OldContent old_content(const TorrentRecord& record) const;
    void deliver(Entry& entry);
    static void drop_staging(Entry& entry);
    /// Of a delivery that is over, where a kill left its hidden folder.
    static void remove_leftovers(const Entry& entry);
    /// After a kill: was it delivered?
    void find_delivered(Entry& entry, const manifest::Manifest& facts, client::TorrentSpec& spec) const;
    /// Deletes what a torrent that was being removed left when the daemon was killed.
    void finish_removals();
    [[nodiscard]] std::optional<std::filesystem::path> find_link(const Entry& entry,
                                                                 const manifest::Manifest& facts) const;
    [[nodiscard]] std::optional<std::filesystem::path> find_link(const Entry& entry) const;
    void remove_emptied_folders();
    /// Folders that were made for this torrent alone go once they are empty.
    void leave_made_folders(const Entry& entry);
    /// False where the disk takes no note.
    bool note_removal(Entry& entry);
    void look_after_removals();
    [[nodiscard]] std::filesystem::path place(const Entry& entry) const;
    /// Is what lies in its place its own content, to be read and written?
    [[nodiscard]] static bool owns_place(const Entry& entry);
    /// The other torrent whose own content would change with this one's; null: there is none.
    [[nodiscard]] Entry* other_owner(const Entry& entry) const;
    /// Why this torrent may not touch what lies in its place.
    [[nodiscard]] Error not_its_own(const Entry& entry, const Entry& owner) const;
    /// Killed while its content was moved: it is where all of it is.
    void find_moved(Entry& entry, client::TorrentSpec& spec) const;
    /// Makes the place its own. The owners before it stop.
    void take_over_place(Entry& entry);

    client::Swarm& swarm_;
    StateStore& store_;
    EngineOptions options_;
    Clock clock_;
    LocalTime local_time_;
    SessionView session_;
    SessionRecord record_;
    TorrentNumber reserved_ = 0;  ///< numbers below it are spoken for in session.json
    SessionTotals current_;
    SessionTotals counted_;  ///< of `current_`, what `record_` has
    bool applied_ = false;
    Rates applied_rates_;
    int applied_peer_limit_ = 0;
    std::int64_t started_at_;
    std::int64_t totals_at_;
    std::int64_t ticks_ = 0;
    std::map<TorrentNumber, std::unique_ptr<Entry>> entries_;
    std::unordered_map<std::string, TorrentNumber> by_hash_;  ///< 40 digits of v1, and of v2
    std::unordered_map<client::TorrentId, TorrentNumber> by_swarm_id_;
    std::unordered_set<TorrentNumber> dirty_;    ///< to be saved in the next round
    std::unordered_set<TorrentNumber> overdue_;  ///< to be saved in this round
    std::unordered_set<TorrentNumber> saving_;   ///< resume data asked for
    std::unordered_set<TorrentNumber> busy_;     ///< with a rate above 0 at the last update
    client::SteadyRate steady_down_;             ///< of all torrents
    client::SteadyRate steady_up_;
    PeerLookup lookup_;
    webseed::WebSeedWatch web_seed_watch_;
    std::vector<std::pair<std::int64_t, TorrentNumber>> removed_;
    std::vector<TorrentNotice> notices_;
    std::vector<Endpoint> listening_;
    bool close_requested_ = false;
    std::unordered_set<TorrentNumber> unsaved_;  ///< whose last save failed
    bool session_unsaved_ = false;
    std::string state_trouble_;
    std::uint64_t state_failures_ = 0;
    /// Of torrents whose content is being deleted, and how often we still look whether they are empty.
    static constexpr int kLooks = 60;
    std::vector<std::pair<std::filesystem::path, int>> emptied_;
    /// A torrent that is gone, but for its content that the session deletes.
    struct Removal {
        TorrentNumber number = 0;
        std::filesystem::path content;
        std::unique_ptr<client::StagingFolder> staging;  ///< null: it was in its place
        int looks = 0;                                   ///< that are left until we give up
    };
    std::vector<Removal> removals_;
    TorrentNumber looked_at_ = 0;  ///< the last one
    client::CopyJobs copies_;
};

}  // namespace shoal::daemon
