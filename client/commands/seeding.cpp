#include "client/commands/seeding.hpp"

#include <fmt/format.h>

#include "client/commands/session_events.hpp"
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

void handle(const Event& event, TrackerHealth& trackers, const ContentFacts& facts) {
    if (const auto* tracker = std::get_if<TrackerFailed>(&event)) {
        trackers.failed(fmt::format("{}: {}", tracker->url, tracker->why), std::chrono::steady_clock::now());
    } else if (std::holds_alternative<TrackerAnswered>(event)) {
        trackers.answered();
    } else if (const auto* failure = std::get_if<TorrentFailed>(&event)) {
        // A seed whose content went away is no seed.
        if (failure->content_changed)
            throw Error(ExitCode::kMismatch, failure->path.empty() ? facts.name : failure->path,
                        "was changed while it was served: it " + failure->why,
                        "make a torrent of what it is now, or put the old content back");
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
    const auto started = Clock::now();
    auto next_report = started + 1s;
    while (!stop.requested()) {
        for (const Event& event : swarm.wait(200ms, stop.file_descriptor())) {
            session_events.handle(event);
            handle(event, trackers, facts);
        }
        const auto now = Clock::now();
        if (options.seed_for && now - started >= *options.seed_for) break;
        if (now < next_report) continue;
        if (const auto warning = trackers.warning(now)) report.warning(facts, *warning);
        next_report = now + 1s;
        progress.tick(swarm.status(torrent), now);
    }
    report.stopped(facts, swarm.status(torrent).uploaded);
}

}  // namespace shoal::client
