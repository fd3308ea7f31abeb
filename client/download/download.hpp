#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/content/content_watch.hpp"
#include "client/content/file_selection.hpp"
#include "client/content/staging_folder.hpp"
#include "client/download/download_types.hpp"
#include "client/download/tracker_health.hpp"
#include "client/source/torrent_source.hpp"
#include "client/swarm/events.hpp"
#include "client/swarm/reannounce_rule.hpp"
#include "client/swarm/steady_rate.hpp"
#include "client/webseed/web_seeds.hpp"
#include "common/error.hpp"
#include "common/rate_meter.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

class Swarm;

/// One `get`: from a manifest or magnet to verified content at its place, then a seed for as long as the
/// LingerRule says. Driven by its owner: every event of the swarm goes to handle(), and tick() is called a
/// few times a second.
class Download {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    Download(Swarm& swarm, TorrentSource source, DownloadOptions options, DownloadListener& listener);
    Download(const Download&) = delete;
    Download& operator=(const Download&) = delete;
    ~Download();

    /// These four throw nothing: what goes wrong ends in over() and error().
    void start(TimePoint now);
    void handle(const Event& event, TimePoint now);
    void tick(TimePoint now);
    /// Keeps what is there for the next time, then is over. A finished download just ends.
    void interrupt(TimePoint now);

    [[nodiscard]] bool over() const { return phase_ == Phase::kOver; }
    /// Why it did not end well; nothing where it did.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    enum class Phase { kIdle, kMetadata, kDownloading, kFlushing, kDone, kStopping, kOver };

    void guarded(TimePoint now, const std::function<void()>& step);
    /// Saves what can be resumed, then is over with this error.
    void stop_with(const Error& error, TimePoint now);
    void finish();

    // download_start.cpp: everything before the first byte arrives
    void start_magnet();
    void start_content(std::string manifest_bytes, TimePoint now);
    void accept_metadata(const MetadataReceived& metadata, TimePoint now);
    bool use_what_is_at_target(TimePoint now);
    bool use_files_at_target();
    void refuse_other_content(const std::string& differs) const;
    void drop_unwanted_files() const;
    std::vector<bool> resumable_pieces(std::string& swarm_state);
    void require_space() const;
    void add_to_swarm(std::vector<bool> have, std::string swarm_state);

    // download.cpp
    void on_piece_layers(const PieceLayersReceived& received);
    void on_finished();
    void on_flushed(TimePoint now);
    void require_every_name() const;
    void on_piece_rejected(const PieceRejected& rejected);
    /// What is in its place was verified, and is served from now on.
    void watch_content();
    /// Throws Error (kMismatch) where it is not the content any more.
    void look_after_content(const std::string& seen);
    void on_resume_data(const ResumeDataReady& data);
    void on_failed(const TorrentFailed& failure, TimePoint now);
    void report(TimePoint now);
    void check_timeout(TimePoint now, const TorrentStatus& status);
    void save_now_and_then(TimePoint now, const TorrentStatus& status);
    void maybe_leave(TimePoint now, const TorrentStatus& status);
    [[nodiscard]] std::filesystem::path destination() const;
    [[nodiscard]] std::optional<SlowReason> why_slow(const TorrentStatus& status) const;
    /// The same of a moment in which nothing arrives, also where the measured rate is still fading out.
    [[nodiscard]] std::string why_stalled(const TorrentStatus& status) const;

    Swarm& swarm_;
    TorrentSource source_;
    DownloadOptions options_;
    DownloadListener& listener_;
    std::optional<StagingFolder> staging_;
    std::string manifest_bytes_;
    manifest::Manifest manifest_;
    std::vector<Magnet::FileRange> places_;  // that the magnet link chose
    FileSelection selection_;                // what is still to be downloaded
    std::uint64_t asked_bytes_ = 0;          // of the files that were asked for

    Phase phase_ = Phase::kIdle;
    std::optional<TorrentId> torrent_;
    std::optional<Error> error_;
    std::optional<Error> stopping_with_;

    TimePoint started_{};
    TimePoint done_{};
    TimePoint stop_deadline_{};
    TimePoint last_report_{};
    TimePoint last_progress_{};
    TimePoint last_save_{};
    TimePoint last_announce_{};
    std::chrono::seconds recount_after_{0};
    std::uint64_t progress_mark_ = 0;    // the most bytes of content that were ever there
    std::set<Endpoint> damaging_;        // peers that sent damaged pieces
    std::string damage_;                 // the last of that, in words
    std::optional<ContentWatch> watch_;  // of what is served when done
    std::uint32_t saved_pieces_ = 0;
    int peers_done_ = 0;
    bool tracker_answered_ = false;  // since we are complete
    bool has_trackers_ = false;
    bool retried_ = false;
    bool metadata_rejected_ = false;
    TrackerHealth trackers_;
    webseed::WebSeedWatch web_seed_watch_;
    WebSeeds web_seeds_;
    ReannounceRule reannounce_;
    RateMeter down_;
    RateMeter up_;
    SteadyRate steady_down_;
};

}  // namespace shoal::client
