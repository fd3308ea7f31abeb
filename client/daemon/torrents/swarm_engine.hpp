#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/content/copy_jobs.hpp"
#include "client/content/staging_folder.hpp"
#include "client/daemon/engine.hpp"
#include "client/daemon/state_store.hpp"
#include "client/daemon/torrents/content_places.hpp"
#include "client/daemon/torrents/content_rounds.hpp"
#include "client/daemon/torrents/peer_lookup.hpp"
#include "client/daemon/torrents/removals.hpp"
#include "client/daemon/torrents/session_limits.hpp"
#include "client/daemon/torrents/session_state.hpp"
#include "client/daemon/torrents/state_health.hpp"
#include "client/daemon/torrents/state_saver.hpp"
#include "client/daemon/torrents/torrent_table.hpp"
#include "client/daemon/torrents/torrent_views.hpp"
#include "client/daemon/torrents/traffic.hpp"
#include "client/daemon/torrents/web_seed_rounds.hpp"
#include "client/swarm/events.hpp"

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
    std::string boot;                  ///< differs after each start of the machine; empty: not known
};

/// Something that hooks are run for.
struct TorrentNotice {
    enum class Kind { kDone, kError } kind = Kind::kDone;
    TorrentView torrent;
    std::filesystem::path content;
};

/// The torrents of the daemon: Engine on a Swarm, kept in a StateStore. This class has the steps of a
/// torrent: what an event, or what somebody asks for, changes. What is shown, saved, limited and looked after
/// has a class of its own beside it. Everything on one thread. Idle torrents cost nothing a tick: activity
/// comes from the swarm for those that changed. Whatever goes wrong with one torrent is the state of that
/// torrent: load, handle and tick throw nothing of it.
class SwarmEngine : public Engine {
  public:
    using Clock = std::function<std::int64_t()>;  ///< seconds since 1970
    using LocalTime = SessionLimits::LocalTime;

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
    void save_all() { saver_.save_all(); }
    void continue_saving() { saver_.save_some(); }
    [[nodiscard]] bool saved() const { return saver_.idle(); }
    /// @param ending  nothing is added any more
    void save_session(bool ending = false) { session_state_.save(ending); }
    /// Each is taken once in a run. One that is done comes again in the next run where the daemon ends before
    /// hook_ended().
    std::vector<TorrentNotice> take_notices();
    /// The hook of a torrent that is done has run, or there is none any more.
    void hook_ended(TorrentNumber number);
    [[nodiscard]] bool close_requested() const { return close_requested_; }
    /// Why the state folder is behind, for as long as it is; empty: it is not.
    [[nodiscard]] const std::string& state_trouble() const { return health_.trouble(); }
    [[nodiscard]] std::uint64_t state_failures() const { return health_.failures(); }
    [[nodiscard]] std::vector<Endpoint> listening() const { return listening_; }

    [[nodiscard]] std::vector<TorrentNumber> torrents() const override { return torrents_.numbers(); }
    [[nodiscard]] std::optional<TorrentNumber> find(std::string_view hash) const override {
        return torrents_.find_hash(hash);
    }
    [[nodiscard]] TorrentView view(TorrentNumber number) const override { return views_.view(number); }
    [[nodiscard]] TorrentDetail detail(TorrentNumber number) const override { return views_.detail(number); }
    [[nodiscard]] std::vector<FileView> files(TorrentNumber number) const override {
        return views_.files(number);
    }
    [[nodiscard]] std::vector<PeerView> peers(TorrentNumber number) const override {
        return views_.peers(number);
    }
    [[nodiscard]] std::vector<TrackerView> trackers(TorrentNumber number) const override {
        return views_.trackers(number);
    }
    [[nodiscard]] SlowView slow(TorrentNumber number) const override { return views_.slow(number); }
    [[nodiscard]] std::vector<bool> pieces(TorrentNumber number) const override {
        return views_.pieces(number);
    }
    [[nodiscard]] std::vector<TorrentNumber> recently_removed() const override { return removals_.recent(); }
    [[nodiscard]] std::int64_t now() const override { return clock_(); }
    AddResult add(const AddRequest& request) override;
    void start(TorrentNumber number) override;
    void stop(TorrentNumber number) override;
    void verify(TorrentNumber number) override;
    void reannounce(TorrentNumber number) override;
    void remove(TorrentNumber number, bool delete_content) override;
    void change(TorrentNumber number, const TorrentChange& change) override;
    void relocate(TorrentNumber number, const std::string& folder, bool move) override;
    void rename(TorrentNumber number, const std::string& path, const std::string& name) override;
    [[nodiscard]] SessionView session() const override;
    [[nodiscard]] SessionStats stats() const override;
    void change_session(const SessionChange& change) override;
    void close() override { close_requested_ = true; }

  private:
    /// The one place where what happens to a torrent reaches it: what `step` throws stops this torrent.
    void guarded(Torrent& torrent, const std::function<void()>& step);
    TorrentGuard guard();
    void load_one(TorrentNumber number, bool power_failed);
    /// After a power failure: may there be pieces whose data the system had not written out?
    [[nodiscard]] bool may_have_lost(const TorrentRecord& record) const;
    void join_swarm(Torrent& torrent, const std::string& manifest);
    static void take_facts(Torrent& torrent, const manifest::Manifest& facts);
    /// Looks at what is on the disk, puts right what the record says of it, and tells the swarm what to keep,
    /// what to check and where to write.
    void find_content(Torrent& torrent, const manifest::Manifest& facts, client::TorrentSpec& spec);
    void leave_swarm(Torrent& torrent, bool delete_content = false);
    /// Takes it out of every list; `torrent` is gone then.
    void forget(const Torrent& torrent);
    void check_goal(Torrent& torrent);
    /// Where a torrent that wants something has got nothing for a while.
    void ask_for_peers(Torrent& torrent);

    // swarm_engine_events.cpp
    void on(const client::ActivityChanged& changed);
    void on(const client::Listening& listening);
    void on(const client::ListenFailed& failed);
    void on(Torrent& torrent, const client::MetadataReceived& metadata);
    void on(Torrent& torrent, const client::MetadataRejected& rejected);
    void on(Torrent& torrent, const client::PieceLayersReceived& received);
    void on(Torrent& torrent, const client::ContentChecked& checked);
    void on(Torrent& torrent, const client::Finished& finished);
    void on(Torrent& torrent, const client::Flushed& flushed);
    void on(Torrent& torrent, const client::TorrentFailed& failed);
    void on(Torrent& torrent, const client::TrackerAnswered& answered);
    void on(Torrent& torrent, const client::TrackerFailed& failed);
    void on(Torrent& torrent, const client::ResumeDataReady& resume);
    void on(Torrent& torrent, const client::ResumeDataFailed& failed);
    void on(Torrent& torrent, const client::PieceRejected& rejected);
    void on(Torrent& torrent, const client::WebSeedFailed& failed);
    void on(Torrent& torrent, const client::ContentMoved& moved);
    void on(Torrent& torrent, const client::MoveFailed& failed);
    void on(Torrent& torrent, const client::FilePlaced& placed);
    void on(Torrent& torrent, const client::FilePlaceFailed& failed);
    void update(Torrent& torrent, const client::TorrentActivity& activity);
    void joined(Torrent& torrent);
    void recheck(Torrent& torrent);
    void judge_foreign(Torrent& torrent);
    void content_complete(Torrent& torrent);
    void announce_done(Torrent& torrent);
    void local_trouble(Torrent& torrent, TroubleReason reason, const std::string& text);

    // swarm_engine_files.cpp: files that are chosen when the content is in its place

    /// From now on what is not there whole has its place in the hidden folder.
    void note_placed(Torrent& torrent, const manifest::Manifest& facts, const std::vector<bool>& whole);
    static void open_staging(Torrent& torrent);
    void choices_changed(Torrent& torrent);
    /// Puts what was chosen later, and is complete, beside the rest.
    void deliver_awaited(Torrent& torrent);
    void awaited_delivered(Torrent& torrent);
    /// Then what is verified by now is in the files: see on(Flushed).
    void flush(Torrent& torrent);

    // swarm_engine_place.cpp: content on its way into its place, and out of it

    static void choose_place(Torrent& torrent, const std::string& name);
    /// What lies in its place is not its content, and it may be: it comes beside that, starting from it, and
    /// takes the place when it is complete.
    void begin_update(Torrent& torrent);
    void begin_copy(Torrent& torrent, const manifest::Manifest& facts);
    void copied(const client::CopyJobs::Result& result);
    /// What a delivery does with what it finds in its place.
    [[nodiscard]] client::OldContent old_content(const TorrentRecord& record) const;
    void deliver(Torrent& torrent);
    static void drop_staging(Torrent& torrent);
    /// Of a delivery that is over, where a kill left its hidden folder.
    static void remove_leftovers(const Torrent& torrent);
    /// Makes the place its own. The owners before it stop.
    void take_over_place(Torrent& torrent);
    /// From now on its complete content is to stay as it is.
    void watch(Torrent& torrent, const manifest::Manifest& facts);
    /// The same, where it is settled: complete, in its place, and not on its way to another.
    void watch(Torrent& torrent);
    /// Serves nothing of it until all of it was read again.
    void doubt(Torrent& torrent, const std::string& seen);
    /// False where the disk takes no note.
    bool note_removal(Torrent& torrent);
    /// Deletes what a torrent that was being removed left when the daemon was killed.
    void finish_removals();

    client::Swarm& swarm_;
    StateStore& store_;
    EngineOptions options_;
    Clock clock_;
    SessionView session_;
    TorrentTable torrents_;
    Traffic traffic_;
    StateHealth health_;
    SessionState session_state_;
    SessionLimits limits_;
    TorrentViews views_;
    StateSaver saver_;
    ContentPlaces places_;
    ContentRounds rounds_;
    WebSeedRounds web_seeds_;
    Removals removals_;
    PeerLookup lookup_;
    client::CopyJobs copies_;
    std::int64_t ticks_ = 0;
    std::vector<TorrentNotice> notices_;
    std::vector<Endpoint> listening_;
    bool close_requested_ = false;
};

}  // namespace shoal::daemon
