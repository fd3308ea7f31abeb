#include "client/daemon/swarm_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <variant>

#include "client/daemon/link_check.hpp"
#include "client/daemon/seed_goal.hpp"
#include "client/daemon/session_change.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using client::TorrentActivity;

constexpr std::int64_t kGoalsEvery = 5;      // seconds
constexpr std::int64_t kSessionEvery = 60;   // seconds between saves of the totals
constexpr std::int64_t kRemovedMemory = 60;  // seconds: what "recently" means to the protocol
constexpr std::int64_t kStateRetry = 5;      // seconds between attempts while the state folder is behind

}  // namespace

SwarmEngine::SwarmEngine(client::Swarm& swarm, StateStore& store, EngineOptions options, Clock clock,
                         LocalTime local_time)
    : swarm_(swarm),
      store_(store),
      clock_(std::move(clock)),
      local_time_(std::move(local_time)),
      record_(store.load_session()),
      started_at_(clock_()),
      totals_at_(started_at_) {
    ++record_.totals.sessions;
    reconfigure(std::move(options));
}

SwarmEngine::~SwarmEngine() = default;

void SwarmEngine::reconfigure(EngineOptions options) {
    options_ = std::move(options);
    session_ = options_.session;
    apply(record_.changes, session_);
    std::error_code error;
    fs::create_directories(session_.download_folder, error);
    if (error) throw file_error(session_.download_folder, error.value());
    apply_rates();
}

void SwarmEngine::load() {
    // One at a time: what all of them hold for the swarm is more than what stays.
    for (const TorrentNumber number : store_.torrents()) {
        record_.next_number = std::max(record_.next_number, number + 1);
        auto record = store_.load(number);
        if (!record) {
            log::error("damaged state set aside", {{"torrent", std::to_string(number)}});
            continue;
        }
        auto entry = std::make_unique<Entry>();
        entry->record = std::move(*record);
        Entry& inserted = insert(std::move(entry));
        try {
            join_swarm(inserted, store_.manifest(inserted.record.number).value_or(""));
        } catch (const Error& error) {
            // The torrent stays in the list with its trouble, so that nobody wonders where it went.
            local_trouble(inserted, error.what());
        }
    }
    log::info("torrents loaded", {{"count", std::to_string(entries_.size())}});
}

SwarmEngine::Entry& SwarmEngine::insert(std::unique_ptr<Entry> entry) {
    const TorrentNumber number = entry->record.number;
    by_hash_[entry->record.hash] = number;
    return *(entries_[number] = std::move(entry));
}

void SwarmEngine::join_swarm(Entry& entry, const std::string& manifest_bytes) {
    TorrentRecord& record = entry.record;
    entry.activity = {};
    client::TorrentSpec spec;
    spec.paused = !record.started;
    if (manifest_bytes.empty()) {
        if (record.magnet.empty())
            throw Error(ExitCode::kFailed, record.name, "its .torrent is missing from the state folder",
                        "add it again");
        spec.magnet = record.magnet;
    } else {
        const manifest::Manifest facts = manifest::parse_manifest(manifest_bytes, record.name);
        entry.has_metadata = true;
        entry.is_private = facts.is_private;
        entry.pieces = facts.piece_count;
        entry.piece_size = facts.piece_size;
        entry.files = static_cast<std::uint32_t>(std::count_if(facts.files.begin(), facts.files.end(),
                                                               [](const auto& file) { return !file.pad; }));
        entry.single_file = facts.single_file;
        entry.size = entry.activity.wanted = facts.total_size;
        record.name = facts.name;
        spec.manifest = manifest_bytes;
        spec.have = record.have;
        spec.swarm_state = record.swarm_state;
        // The swarm counts on from what its state says; what it reports beyond that belongs to this run.
        entry.activity.downloaded = spec.swarm_state.empty() ? 0 : record.downloaded;
        entry.activity.uploaded = spec.swarm_state.empty() ? 0 : record.uploaded;
        for (const std::int8_t choice : record.file_choices) spec.file_choices.push_back(choice);
        std::error_code error;
        if (record.staged && !fs::exists(content_path(entry), error) &&
            fs::exists(fs::path(record.folder) / record.name, error)) {
            record.staged = false;  // killed between the move and the note of it
            spec.have.clear();
            fs::remove(staging_folder(entry), error);
        }
        // Content without bits to it: it was here before the torrent, or the bits were lost.
        const bool unknown = std::find(spec.have.begin(), spec.have.end(), true) == spec.have.end() &&
                             fs::exists(content_path(entry), error);
        if (unknown && !record.staged && !std::exchange(record.foreign, true)) touch(entry);
        spec.check = unknown || record.foreign;
        spec.hold = record.foreign;
        if (spec.check) entry.activity.state = TorrentActivity::State::kCheckWaiting;
        const bool complete =
            !spec.have.empty() && std::find(spec.have.begin(), spec.have.end(), false) == spec.have.end();
        if (!complete && !spec.hold) {
            if (const auto link = find_link(entry, facts)) throw link_error(*link);
        }
        if (record.staged) fs::create_directories(staging_folder(entry), error);
        if (error) throw file_error(staging_folder(entry).string(), error.value());
    }
    spec.folder = record.staged ? staging_folder(entry) : fs::path(record.folder);
    entry.swarm_id = swarm_.add(spec);
    entry.joining = entry.has_metadata && !spec.check;
    entry.verify_once_joined = false;
    record.have = {};
    record.swarm_state = {};
    by_swarm_id_[entry.swarm_id] = record.number;
    entry.activity_at = clock_();
    if (record.started) entry.started_at = clock_();
    entry.activity.paused = !record.started;
    if (!record.trackers.empty()) swarm_.set_trackers(entry.swarm_id, record.trackers);
    apply_settings(entry);
}

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

void SwarmEngine::tick() {
    ++ticks_;
    swarm_.request_activity();
    apply_rates();
    const TotalRates rates = total_rates();
    steady_down_.sample(rates.down);
    steady_up_.sample(rates.up);
    const std::int64_t now = clock_();
    if (ticks_ % kGoalsEvery == 0) check_goals();
    if (ticks_ % options_.save_every == 0) save_all();
    // What did not fit into the last round.
    if (!overdue_.empty()) save_some();
    if (ticks_ % kSessionEvery == 0 || (session_unsaved_ && ticks_ % kStateRetry == 0)) save_session();
    if (!unsaved_.empty() && ticks_ % kStateRetry == 0) save_all();
    remove_emptied_folders();
    removed_.erase(std::remove_if(removed_.begin(), removed_.end(),
                                  [now](const auto& one) { return one.first + kRemovedMemory < now; }),
                   removed_.end());
}

void SwarmEngine::check_goals() {
    for (auto& [number, entry] : entries_) {
        if (!entry->complete() || entry->activity.paused) continue;
        const SeedGoal goal = seed_goal(entry->record.settings, session_, options_.seed_seconds);
        if (goal.empty()) continue;
        const TorrentView seen = view(number);
        SeedProgress progress;
        progress.uploaded = seen.uploaded;
        progress.downloaded = seen.downloaded;
        progress.size = seen.size;
        progress.seconds_seeding = seen.seconds_seeding;
        progress.seconds_idle = clock_() - std::max({seen.active_at, seen.started_at, seen.done_at});
        if (!goal_met(goal, progress)) continue;
        log::info("seeding goal met", {{"id", std::to_string(number)}, {"torrent", entry->record.name}});
        entry->record.goal_met = true;
        entry->record.started = false;
        entry->activity.paused = true;
        swarm_.pause(entry->swarm_id);
        touch(*entry);
    }
}

std::vector<TorrentNotice> SwarmEngine::take_notices() {
    return std::exchange(notices_, {});
}

}  // namespace shoal::daemon
