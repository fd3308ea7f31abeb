#include "client/commands/seeding.hpp"

#include <fmt/format.h>

#include "client/commands/session_events.hpp"
#include "client/content/content_watch.hpp"
#include "client/content/existing_content.hpp"
#include "client/download/tracker_health.hpp"
#include "client/swarm/swarm.hpp"
#include "common/rate_meter.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

using namespace std::chrono_literals;

namespace {

/// The seed's side of a progress report, once a second.
class SeedingProgress {
  public:
    SeedingProgress(Report& report, const ContentFacts& facts) : report_(report), facts_(facts) {}

    void tick(const TorrentStatus& status, std::chrono::steady_clock::time_point now) {
        up_.add(now, status.uploaded);
        DownloadProgress progress;
        progress.status = status;
        progress.done = true;
        progress.rate_up = up_.rate();
        report_.progress(facts_, progress);
    }

  private:
    Report& report_;
    const ContentFacts& facts_;
    RateMeter up_;
};

TorrentSpec complete_content(const CommonOptions& common, const SeedingOptions& options,
                             std::uint32_t pieces) {
    const std::filesystem::path content = std::filesystem::canonical(options.content);
    TorrentSpec spec;
    spec.label = content.filename().string();
    spec.manifest = options.manifest;
    spec.folder = content.parent_path();
    spec.name = content.filename().string();
    spec.have.assign(pieces, true);
    spec.peers = resolve_peers(common.peers);
    return spec;
}

/// The content that is served, and whether it is still what was verified.
class ServedContent {
  public:
    ServedContent(Report& report, const ContentFacts& facts, const SeedingOptions& options,
                  const StopSignal& stop)
        : report_(report),
          facts_(facts),
          manifest_bytes_(options.manifest),
          manifest_(manifest::parse_manifest(manifest_bytes_, facts.name)),
          path_(std::filesystem::canonical(options.content)),
          stop_(stop),
          watch_(manifest_, path_) {}

    /// Looks at some of its files, and reads all of them where one is not as it was. Throws Error (kMismatch)
    /// where it is not the content any more.
    void look(Swarm& swarm, TorrentId torrent) {
        constexpr std::size_t kLooksAtOnce = 1000;
        if (const std::string seen = watch_.changed(kLooksAtOnce); !seen.empty())
            verify(swarm, torrent, seen);
    }
    /// @param seen  what makes us doubt
    void verify(Swarm& swarm, TorrentId torrent, const std::string& seen) {
        swarm.pause(torrent);
        ContentWatch now(manifest_, path_);  // from before it is read
        const std::string differs =
            difference(manifest_bytes_, manifest_, path_, [this](const manifest::CreateProgress& progress) {
                report_.checking(facts_, progress.bytes_done, progress.bytes_total);
                return !stop_.requested();
            });
        if (!differs.empty())
            throw Error(ExitCode::kMismatch, path_.string(),
                        fmt::format("was changed while it was served: {}, {}", seen, differs),
                        "make a torrent of what it is now, or put the old content back");
        report_.warning(facts_, seen + ": it was read again, and is the same");
        watch_ = std::move(now);
        swarm.retry(torrent);
    }

  private:
    Report& report_;
    const ContentFacts& facts_;
    const std::string& manifest_bytes_;
    manifest::Manifest manifest_;
    std::filesystem::path path_;
    const StopSignal& stop_;
    ContentWatch watch_;
};

void handle(const Event& event, TrackerHealth& trackers, const ContentFacts& facts, Swarm& swarm,
            ServedContent& content) {
    if (const auto* tracker = std::get_if<TrackerFailed>(&event)) {
        trackers.failed(fmt::format("{}: {}", tracker->url, tracker->why), std::chrono::steady_clock::now());
    } else if (std::holds_alternative<TrackerAnswered>(event)) {
        trackers.answered();
    } else if (const auto* failure = std::get_if<TorrentFailed>(&event)) {
        if (failure->content_changed)
            return content.verify(swarm, failure->torrent,
                                  (failure->path.empty() ? facts.name : failure->path) + " " + failure->why);
        // A seed whose content went away is no seed.
        if (failure->error_number != 0) throw file_error(failure->path, failure->error_number);
        throw Error(ExitCode::kFailed, failure->path.empty() ? facts.name : failure->path, failure->why);
    }
}

}  // namespace

ContentFacts facts_of(const std::string& manifest_bytes, const std::string& source_name) {
    const manifest::Manifest manifest = manifest::parse_manifest(manifest_bytes, source_name);
    return {manifest.name, manifest.info_hash_v1.empty() ? manifest.info_hash_v2 : manifest.info_hash_v1,
            manifest.total_size, manifest.piece_count, manifest.files.size()};
}

void seed_until_stopped(const CommonOptions& common, const SeedingOptions& options, const ContentFacts& facts,
                        Report& report, const StopSignal& stop) {
    using Clock = std::chrono::steady_clock;
    Swarm swarm(session_profile(common, true));
    SessionEvents session_events(report, !common.profile.listen.empty(), true);
    const TorrentId torrent = swarm.add(complete_content(common, options, facts.pieces));
    SeedingProgress progress(report, facts);
    TrackerHealth trackers;
    ServedContent content(report, facts, options, stop);
    const auto started = Clock::now();
    auto next_report = started + 1s;
    while (!stop.requested()) {
        for (const Event& event : swarm.wait(200ms, stop.file_descriptor())) {
            session_events.handle(event);
            handle(event, trackers, facts, swarm, content);
        }
        const auto now = Clock::now();
        if (options.seed_for && now - started >= *options.seed_for) break;
        if (now < next_report) continue;
        content.look(swarm, torrent);
        if (const auto warning = trackers.warning(now)) report.warning(facts, *warning);
        next_report = now + 1s;
        progress.tick(swarm.status(torrent), now);
    }
    report.stopped(facts, swarm.status(torrent).uploaded);
}

}  // namespace shoal::client
