#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;
using client::TorrentActivity;

void SwarmEngine::handle(const client::Event& event) {
    if (const auto* activity = std::get_if<client::ActivityChanged>(&event))
        return update(activity->torrents);
    if (const auto* listening = std::get_if<client::Listening>(&event)) {
        log::info("listening for peers", {{"address", listening->endpoint.to_string()}});
        listening_.push_back(listening->endpoint);
        return;
    }
    if (const auto* failed = std::get_if<client::ListenFailed>(&event)) {
        log::error("cannot listen for peers", {{"address", failed->address}, {"why", failed->why}});
        return;
    }
    Entry* entry = nullptr;
    std::visit(
        [&](const auto& e) {
            if constexpr (requires { e.torrent; }) entry = of_swarm(e.torrent);
        },
        event);
    if (entry == nullptr) return;  // removed while the event was under way
    if (const auto* metadata = std::get_if<client::MetadataReceived>(&event)) {
        accept_metadata(*metadata);
    } else if (std::holds_alternative<client::Finished>(event)) {
        const bool pending = entry->finishing != Entry::Finishing::kMoving;
        if (pending && (entry->record.done_at == 0 || entry->record.staged)) {
            entry->finishing = Entry::Finishing::kFlushing;
            swarm_.flush(entry->swarm_id);
        }
    } else if (std::holds_alternative<client::Flushed>(event)) {
        if (entry->finishing == Entry::Finishing::kFlushing) content_complete(*entry);
    } else if (const auto* failed = std::get_if<client::TorrentFailed>(&event)) {
        local_trouble(*entry, failed->path.empty() ? failed->why : failed->path + ": " + failed->why);
    } else if (const auto* answered = std::get_if<client::TrackerAnswered>(&event)) {
        entry->tracker_times[answered->url] = {clock_(), answered->peers};
        if (entry->trouble != TroubleKind::kLocal) {
            entry->trouble = TroubleKind::kNone;
            entry->trouble_text.clear();
        }
    } else if (const auto* tracker = std::get_if<client::TrackerFailed>(&event)) {
        entry->tracker_times[tracker->url].at = clock_();
        if (entry->trouble == TroubleKind::kLocal) return;
        entry->trouble = TroubleKind::kTracker;
        entry->trouble_text = tracker->why;
    } else if (const auto* resume = std::get_if<client::ResumeDataReady>(&event)) {
        store_record(*entry, resume);
    } else if (std::holds_alternative<client::ResumeDataFailed>(event)) {
        saving_.erase(entry->record.number);  // what is saved already stays
    } else if (const auto* moved = std::get_if<client::ContentMoved>(&event)) {
        content_moved(*entry, *moved);
    } else if (const auto* move_failed = std::get_if<client::MoveFailed>(&event)) {
        entry->finishing = Entry::Finishing::kNo;
        entry->moving_to.clear();
        local_trouble(*entry, fmt::format("cannot move the content into its place: {}", move_failed->why));
    }
}

void SwarmEngine::update(const std::vector<TorrentActivity>& changed) {
    const std::int64_t now = clock_();
    for (const TorrentActivity& activity : changed) {
        Entry* entry = of_swarm(activity.torrent);
        if (entry == nullptr) continue;
        const bool moved_bytes = activity.downloaded != entry->activity.downloaded ||
                                 activity.uploaded != entry->activity.uploaded;
        if (moved_bytes || activity.done != entry->activity.done) touch(*entry);
        if (moved_bytes) {
            entry->record.active_at = now;
            current_.downloaded +=
                activity.downloaded - std::min(activity.downloaded, entry->activity.downloaded);
            current_.uploaded += activity.uploaded - std::min(activity.uploaded, entry->activity.uploaded);
        }
        entry->activity = activity;
        entry->activity_at = now;
        if (activity.rate_down + activity.rate_up > 0)
            busy_.insert(entry->record.number);
        else
            busy_.erase(entry->record.number);
        if (entry->record.foreign) judge_foreign(*entry);
        if (entry->joining && activity.state != TorrentActivity::State::kCheckWaiting) joined(*entry);
    }
}

void SwarmEngine::judge_foreign(Entry& entry) {
    if (entry.complete()) {
        entry.record.foreign = false;
        swarm_.approve(entry.swarm_id);
        touch(entry);
    } else if (entry.activity.state == TorrentActivity::State::kDownloading) {
        // Somebody else's file under our name: only the user can say that it may be overwritten.
        local_trouble(entry,
                      fmt::format("{} is there already, with other content: move it away, or start the "
                                  "torrent again to have the difference replaced",
                                  content_path(entry).string()));
    }
}

void SwarmEngine::joined(Entry& entry) {
    entry.joining = false;
    // Where it did not believe what was saved, it checks everything anyway.
    if (!std::exchange(entry.verify_once_joined, false) || entry.checking()) return;
    try {
        verify(entry.record.number);
    } catch (const Error& error) {
        local_trouble(entry, error.what());
    }
}

void SwarmEngine::content_complete(Entry& entry) {
    if (!entry.record.staged) {
        entry.finishing = Entry::Finishing::kNo;
        return announce_done(entry);
    }
    std::error_code error;
    const fs::path place = fs::path(entry.record.folder) / entry.record.name;
    if (fs::exists(fs::symlink_status(place, error))) {
        entry.finishing = Entry::Finishing::kNo;
        local_trouble(
            entry,
            fmt::format("{} appeared while it was downloaded: move it away and start the torrent again",
                        place.string()));
        return;
    }
    entry.finishing = Entry::Finishing::kMoving;
    swarm_.move(entry.swarm_id, entry.record.folder);
}

void SwarmEngine::content_moved(Entry& entry, const client::ContentMoved& moved) {
    std::error_code ignored;  // not empty only where somebody put something there
    if (entry.record.staged) fs::remove(staging_folder(entry), ignored);
    if (entry.finishing == Entry::Finishing::kMoving) {
        entry.finishing = Entry::Finishing::kNo;
        entry.record.staged = false;
        announce_done(entry);
    } else if (!entry.moving_to.empty()) {
        entry.record.folder = std::exchange(entry.moving_to, {});
        log::info("content moved", {{"torrent", entry.record.name}, {"folder", moved.folder.string()}});
        // At once: a daemon that is killed now must not look where it was.
        save_now(entry);
    }
    touch(entry);
}

void SwarmEngine::announce_done(Entry& entry) {
    const bool first_time = entry.record.done_at == 0;
    if (first_time) entry.record.done_at = clock_();
    // At once: a daemon that is killed now must find the content where it is.
    save_now(entry);
    if (!first_time) return;
    log::info("torrent done", {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}});
    notices_.push_back({TorrentNotice::Kind::kDone, view(entry.record.number), content_path(entry)});
}

void SwarmEngine::local_trouble(Entry& entry, const std::string& text) {
    // A full disk fails many writes at once.
    if (entry.trouble == TroubleKind::kLocal) return;
    entry.trouble = TroubleKind::kLocal;
    entry.trouble_text = text;
    if (entry.swarm_id != 0) swarm_.pause(entry.swarm_id);
    entry.activity.paused = true;
    log::error("torrent stopped",
               {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}, {"why", text}});
    notices_.push_back({TorrentNotice::Kind::kError, view(entry.record.number), content_path(entry)});
}

void SwarmEngine::accept_metadata(const client::MetadataReceived& metadata) {
    Entry& entry = *of_swarm(metadata.torrent);
    try {
        manifest::parse_info(metadata.info, entry.record.name);  // throws on anything unsafe
        store_.save_manifest(entry.record.number, metadata.manifest);
        swarm_.remove(entry.swarm_id);
        by_swarm_id_.erase(entry.swarm_id);
        entry.swarm_id = 0;
        choose_place(entry, manifest::parse_manifest(metadata.manifest, entry.record.name).name);
        join_swarm(entry, metadata.manifest);
        touch(entry);
    } catch (const Error& error) {
        local_trouble(entry, error.what());
    }
}

std::vector<TorrentNotice> SwarmEngine::take_notices() {
    return std::exchange(notices_, {});
}

}  // namespace shoal::daemon
