#include "client/download/download.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/resume_record.hpp"
#include "client/download/linger_rule.hpp"
#include "client/swarm/swarm.hpp"
#include "common/printable.hpp"

namespace shoal::client {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

constexpr auto kReportEvery = 1s;
constexpr auto kSaveEvery = 5s;
constexpr auto kStopPatience = 5s;  // for libtorrent to flush and answer
constexpr auto kStalledAfter = 5s;  // before the progress says why nothing arrives
constexpr auto kPaceAfter = 3s;     // before it says what sets the pace
// A lingering seed asks the tracker who is left: soon, because hosts of one swarm finish together, then twice
// as long every time.
constexpr std::chrono::seconds kRecountAfter{2};
constexpr std::chrono::seconds kRecountAtMost{10};

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

Download::Download(Swarm& swarm, TorrentSource source, DownloadOptions options, DownloadListener& listener)
    : swarm_(swarm),
      source_(std::move(source)),
      options_(std::move(options)),
      listener_(listener),
      web_seed_watch_(options_.web_seeds),
      web_seeds_(0, web_seed_watch_,
                 {[this] {
                      if (torrent_) swarm_.remove_web_seeds(*torrent_);
                  },
                  [this](const std::string& url) {
                      if (torrent_) swarm_.add_web_seed(*torrent_, url);
                  },
                  [this](const std::string& url) {
                      if (torrent_) swarm_.remove_web_seed(*torrent_, url);
                  },
                  [this](const std::string& url, const webseed::Finding& finding) {
                      listener_.on_web_seed_failed(url, finding);
                  }}) {}

Download::~Download() = default;

void Download::guarded(TimePoint now, const std::function<void()>& step) {
    try {
        step();
    } catch (const Error& error) {
        stop_with(error, now);
    } catch (const std::exception& failure) {
        stop_with(Error(ExitCode::kFailed, source_.label, failure.what()), now);
    }
}

void Download::stop_with(const Error& error, TimePoint now) {
    if (phase_ == Phase::kDownloading || phase_ == Phase::kFlushing) {
        stopping_with_ = error;
        phase_ = Phase::kStopping;
        stop_deadline_ = now + kStopPatience;
        swarm_.pause(*torrent_);
        swarm_.flush(*torrent_);
        return;
    }
    if (error_) return;
    error_ = error;
    finish();
}

void Download::finish() {
    phase_ = Phase::kOver;
    try {
        if (torrent_) swarm_.remove(*std::exchange(torrent_, std::nullopt));
        if (!staging_) return;
        if (done_ != TimePoint{}) {
            staging_->remove();
        } else {
            staging_->remove_if_unused();
        }
    } catch (const Error& error) {
        listener_.on_warning(error.what());
    }
}

void Download::interrupt(TimePoint now) {
    if (phase_ == Phase::kDone || phase_ == Phase::kOver) {
        if (phase_ == Phase::kDone) finish();
        return;
    }
    if (phase_ == Phase::kStopping) return;
    stop_with(
        Error(ExitCode::kInterrupted, source_.label, "interrupted", "the same command goes on from here"),
        now);
}

void Download::handle(const Event& event, TimePoint now) {
    if (!torrent_ || over()) return;
    const auto ours = [this](const auto& e) { return e.torrent == *torrent_; };
    guarded(now, [&] {
        std::visit(Overloaded{[&](const MetadataReceived& e) {
                                  if (ours(e) && phase_ == Phase::kMetadata) accept_metadata(e, now);
                              },
                              [&](const MetadataRejected& e) {
                                  if (!ours(e) || std::exchange(metadata_rejected_, true)) return;
                                  listener_.on_warning("a peer sent metadata that does not match the link");
                              },
                              [&](const PieceLayersReceived& e) {
                                  if (ours(e)) on_piece_layers(e);
                              },
                              [&](const Finished& e) {
                                  if (ours(e)) on_finished();
                              },
                              [&](const Flushed& e) {
                                  if (ours(e)) on_flushed(now);
                              },
                              [&](const ResumeDataReady& e) {
                                  if (ours(e)) on_resume_data(e);
                              },
                              [&](const TorrentFailed& e) {
                                  if (ours(e)) on_failed(e, now);
                              },
                              [&](const TrackerAnswered& e) {
                                  if (!ours(e)) return;
                                  trackers_.answered();
                                  if (phase_ == Phase::kFlushing || phase_ == Phase::kDone)
                                      tracker_answered_ = true;
                              },
                              [&](const TrackerFailed& e) {
                                  if (!ours(e)) return;
                                  trackers_.failed(fmt::format("{}: {}", e.url, e.why), now);
                              },
                              [&](const PieceRejected& e) {
                                  if (!ours(e)) return;
                                  on_piece_rejected(e);
                                  web_seeds_.piece_rejected(e.piece);
                              },
                              [&](const WebSeedFailed& e) {
                                  if (ours(e) && phase_ == Phase::kDownloading)
                                      web_seeds_.failed(e.url, e.why, now);
                              },
                              // What the session tells its owner, and what only a daemon asks for.
                              [](const auto&) {}},
                   event);
    });
}

void Download::on_piece_layers(const PieceLayersReceived& received) {
    if (phase_ != Phase::kDownloading && phase_ != Phase::kFlushing) return;
    manifest_bytes_ = manifest::add_piece_layers(manifest_bytes_, received.layers, source_.label);
    manifest_.files_without_layer = 0;
    staging_->save_manifest(manifest_bytes_);
}

void Download::on_finished() {
    if (phase_ != Phase::kDownloading) return;
    phase_ = Phase::kFlushing;
    swarm_.flush(*torrent_);
}

/// The pieces are verified; what they are called is not in any hash.
void Download::require_every_name() const {
    for (const manifest::FileEntry& file : selection_.restrict(manifest_).files) {
        const std::filesystem::path path = file_path(manifest_, file, staging_->content(manifest_.name));
        if (file.pad || is_there(path)) continue;
        throw Error(ExitCode::kMismatch, path.string(), "was downloaded, and is not there under its name",
                    "is somebody else changing the folder?");
    }
}

void Download::on_flushed(TimePoint now) {
    if (phase_ == Phase::kStopping) {
        swarm_.request_resume_data(*torrent_);
        return;
    }
    if (phase_ != Phase::kFlushing) return;
    const std::uint64_t downloaded = swarm_.status(*torrent_).downloaded;
    const OldContent old = !options_.force     ? OldContent::kRefuse
                           : options_.keep_old ? OldContent::kKeep
                                               : OldContent::kRemove;
    require_every_name();
    if (options_.sync) staging_->sync();
    if (selection_.all) {
        staging_->deliver(manifest_.name, old);
    } else {
        std::vector<std::string> files;
        for (const manifest::FileEntry& file : selection_.restrict(manifest_).files)
            files.push_back(file.path);
        staging_->deliver_files(manifest_.name, files, old);
    }
    phase_ = Phase::kDone;
    done_ = now;
    watch_content();
    listener_.on_done(
        {destination(), asked_bytes_, duration_cast<milliseconds>(now - started_), downloaded, false});
    last_announce_ = now;
    recount_after_ = kRecountAfter;
    tick(now);
}

void Download::on_piece_rejected(const PieceRejected& rejected) {
    if (rejected.senders.empty())
        return listener_.on_warning(fmt::format("piece {} arrived damaged", rejected.piece));
    std::string from;
    std::string again;
    for (const PieceRejected::Sender& sender : rejected.senders) {
        std::string name = sender.peer.to_string();
        if (!sender.client.empty()) name += fmt::format(" ({})", printable(sender.client));
        damaging_.insert(sender.peer);
        if (sender.banned) again = name;
        from += (from.empty() ? "" : ", ") + name;
    }
    if (again.empty()) {
        damage_ = fmt::format("{} sent piece {} damaged", from, rejected.piece);
        return listener_.on_warning(fmt::format("piece {} arrived damaged from {}", rejected.piece, from));
    }
    damage_ = fmt::format("{} sent piece {} damaged again and again: its content has changed", again,
                          rejected.piece);
    listener_.on_warning(damage_ + ", so nothing more is taken from it");
}

void Download::watch_content() {
    watch_.emplace(selection_.restrict(manifest_), destination());
}

void Download::look_after_content(const std::string& seen) {
    swarm_.pause(*torrent_);
    const std::string differs = difference(manifest_bytes_, selection_.restrict(manifest_), destination(),
                                           [this](const manifest::CreateProgress& p) {
                                               return listener_.on_checking(p.bytes_done, p.bytes_total);
                                           });
    if (!differs.empty())
        throw Error(ExitCode::kMismatch, destination().string(),
                    fmt::format("was changed while it was served: {}, {}", seen, differs),
                    "make a torrent of what it is now, or put the old content back");
    watch_content();
    swarm_.retry(*torrent_);
}

void Download::on_resume_data(const ResumeDataReady& data) {
    if (phase_ != Phase::kDownloading && phase_ != Phase::kStopping) return;
    ResumeRecord record{data.have, data.swarm_state, {}, selection_.choices};
    if (phase_ == Phase::kStopping) {
        for (const manifest::FileEntry& file : manifest_.files) {
            record.stamps.push_back(stamp_of(file_path(manifest_, file, staging_->content(manifest_.name))));
        }
    }
    try {
        staging_->save_resume(encode_resume_record(record));
    } catch (const Error& error) {
        // A full disk: the content itself tells the next run how far this one came.
        listener_.on_warning(error.what());
    }
    if (phase_ == Phase::kStopping) {
        error_ = std::exchange(stopping_with_, std::nullopt);
        finish();
    }
}

void Download::on_failed(const TorrentFailed& failure, TimePoint now) {
    if (phase_ == Phase::kDone) {
        if (failure.content_changed) return look_after_content(failure.path + " " + failure.why);
        // A read that met the very moment of the delivery.
        if (!std::exchange(retried_, true)) {
            swarm_.retry(*torrent_);
            return;
        }
        listener_.on_warning(fmt::format("seeding stopped: {}: {}", failure.path, failure.why));
        finish();
        return;
    }
    if (phase_ == Phase::kStopping) return;
    const std::string name = failure.path.empty() ? destination().string() : failure.path;
    if (phase_ == Phase::kMetadata && failure.error_number == 0) {
        stop_with(Error(ExitCode::kBadTorrent, source_.label, failure.why), now);
    } else if (failure.error_number != 0) {
        stop_with(file_error(name, failure.error_number), now);
    } else {
        stop_with(Error(ExitCode::kFailed, name, failure.why), now);
    }
}

void Download::tick(TimePoint now) {
    if (over()) return;
    guarded(now, [&] {
        if (phase_ == Phase::kStopping && now >= stop_deadline_) {
            error_ = std::exchange(stopping_with_, std::nullopt);
            finish();
            return;
        }
        if (!torrent_ || phase_ == Phase::kStopping) return;
        for (const webseed::WebSeedWatch::Report& found : web_seed_watch_.take())
            if (phase_ == Phase::kDownloading) web_seeds_.take(found);
        if (phase_ == Phase::kDownloading) web_seeds_.tick(now, now - last_progress_ >= kStalledAfter);
        if (now - last_report_ < kReportEvery && phase_ != Phase::kDone) return;
        report(now);
    });
}

void Download::report(TimePoint now) {
    if (const auto warning = trackers_.warning(now)) listener_.on_warning(*warning);
    TorrentStatus status = swarm_.status(*torrent_);
    if (status.pieces > 0) status.pieces = selection_.pieces;
    if (now - last_report_ >= kReportEvery) {
        last_report_ = now;
        down_.add(now, status.downloaded);
        up_.add(now, status.uploaded);
        DownloadProgress progress;
        progress.status = status;
        progress.done = phase_ == Phase::kDone;
        progress.rate_down = down_.rate();
        progress.rate_up = up_.rate();
        if (!progress.done)
            progress.time_left = down_.time_left(status.bytes - std::min(status.bytes, status.bytes_have));
        progress.elapsed = duration_cast<milliseconds>(now - started_);
        if (!progress.done) {
            steady_down_.sample(static_cast<std::uint64_t>(down_.rate()));
            if (now - started_ >= kPaceAfter) progress.slow = why_slow(status);
        }
        if (!progress.done && now - last_progress_ >= kStalledAfter) progress.stalled = why_stalled(status);
        listener_.on_progress(progress);
    }
    if (phase_ == Phase::kDone) {
        constexpr std::size_t kLooksAtOnce = 200;
        if (const std::string seen = watch_ ? watch_->changed(kLooksAtOnce) : ""; !seen.empty())
            look_after_content(seen);
        maybe_leave(now, status);
        return;
    }
    check_timeout(now, status);
    if (phase_ != Phase::kFlushing &&
        reannounce_.should_announce(duration_cast<milliseconds>(now - last_progress_))) {
        swarm_.reannounce(*torrent_);
    }
    if (phase_ == Phase::kDownloading) save_now_and_then(now, status);
}

void Download::check_timeout(TimePoint now, const TorrentStatus& status) {
    // A piece that comes damaged again and again is no progress.
    if (status.bytes_have > std::exchange(progress_mark_, std::max(progress_mark_, status.bytes_have))) {
        last_progress_ = now;
    }
    if (!options_.timeout || now - last_progress_ < *options_.timeout) return;
    if (phase_ == Phase::kMetadata && metadata_rejected_) {
        const Magnet magnet = parse_magnet(source_.magnet);
        const bool both = !magnet.info_hash_v1.empty() && !magnet.info_hash_v2.empty();
        throw Error(
            ExitCode::kBadTorrent, source_.label,
            both ? "its peers have nothing that matches both of its info-hashes: they seem to name two "
                   "different torrents"
                 : "its peers sent nothing that matches its info-hash",
            "check the magnet link");
    }
    const char* what_to_do =
        status.peers_known == 0 ? "is somebody sharing it? --peer HOST:PORT names one" : "";
    throw Error(ExitCode::kNoPeer, source_.label, "timed out: " + why_stalled(status), what_to_do);
}

std::optional<SlowReason> Download::why_slow(const TorrentStatus& status) const {
    SlowFacts facts;
    facts.status = status;
    facts.down.rate = facts.down.session_rate = static_cast<std::uint64_t>(down_.rate());
    facts.down.steady = steady_down_.steady();
    facts.tracker_failure = trackers_.failure();
    facts.damaging_peers = static_cast<int>(damaging_.size());
    facts.damage = damage_;
    return slow_reason(facts);
}

std::string Download::why_stalled(const TorrentStatus& status) const {
    SlowFacts facts;
    facts.status = status;
    facts.tracker_failure = trackers_.failure();
    facts.damaging_peers = static_cast<int>(damaging_.size());
    facts.damage = damage_;
    const auto reason = slow_reason(facts);
    const std::string web_seeds = web_seeds_.failures_text();
    return (reason ? reason->why : "nothing arrives") + (web_seeds.empty() ? "" : "; " + web_seeds);
}

void Download::save_now_and_then(TimePoint now, const TorrentStatus& status) {
    if (now - last_save_ < kSaveEvery || status.pieces_have == saved_pieces_) return;
    last_save_ = now;
    saved_pieces_ = status.pieces_have;
    swarm_.request_resume_data(*torrent_);
}

void Download::maybe_leave(TimePoint now, const TorrentStatus& status) {
    // The tracker counts us too; connected seeds are counted where there is none.
    peers_done_ = std::max({peers_done_, status.tracker_seeds.value_or(1) - 1, status.seeds});
    SwarmInSight swarm;
    swarm.leechers_connected = status.leechers;
    swarm.awaiting_tracker = has_trackers_ && !tracker_answered_;
    if (tracker_answered_) swarm.leechers_counted = status.tracker_leechers;
    swarm.peers_done = peers_done_;
    if (status.bytes != 0)
        swarm.ratio = static_cast<double>(status.uploaded) / static_cast<double>(status.bytes);
    const LingerRule rule(options_.goals, duration_cast<milliseconds>(done_ - started_));
    if (rule.may_leave(duration_cast<milliseconds>(now - done_), swarm)) {
        finish();
        return;
    }
    const bool only_the_tracker_sees_some =
        !options_.goals.any() && status.leechers == 0 && swarm.leechers_counted.value_or(0) > 0;
    if (!only_the_tracker_sees_some && !options_.goals.peers_done) return;
    if (now - last_announce_ < recount_after_) return;
    swarm_.reannounce(*torrent_);
    last_announce_ = now;
    recount_after_ = std::min(2 * recount_after_, kRecountAtMost);
}

}  // namespace shoal::client
