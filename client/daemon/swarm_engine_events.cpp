#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "client/content/existing_content.hpp"
#include "client/content/file_selection.hpp"
#include "client/content/link_check.hpp"
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/daemon/trouble_reason.hpp"
#include "client/source/magnet.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;
using client::TorrentActivity;

void SwarmEngine::handle(const client::Event& event) {
    std::visit(
        [this](const auto& one) {
            if constexpr (requires { one.torrent; }) {
                Entry* const entry = of_swarm(one.torrent);
                // Without one it was removed while the event was under way.
                if (entry != nullptr) guarded(*entry, [&] { on(*entry, one); });
            } else {
                on(one);
            }
        },
        event);
}

void SwarmEngine::on(const client::Listening& listening) {
    log::info("listening for peers", {{"address", listening.endpoint.to_string()}});
    listening_.push_back(listening.endpoint);
}

void SwarmEngine::on(const client::ListenFailed& failed) {
    log::error("cannot listen for peers", {{"address", failed.address}, {"why", failed.why}});
}

void SwarmEngine::on(Entry& entry, const client::ContentChecked&) {
    entry.rechecking = false;
}

void SwarmEngine::on(Entry& entry, const client::Finished&) {
    const bool pending = entry.finishing != Entry::Finishing::kMoving;
    const bool untold = entry.record.hook_owed && !entry.hook_noticed;
    const bool delivered = entry.record.done_at != 0 && !entry.record.staged && !entry.awaits_files();
    if (!pending || (delivered && !untold)) return;
    flush(entry);
}

void SwarmEngine::on(Entry& entry, const client::Flushed&) {
    // An earlier one does not speak of what was chosen, and came, since.
    if (entry.flushes > 0 && --entry.flushes > 0) return;
    if (entry.finishing == Entry::Finishing::kFlushing) content_complete(entry);
}

void SwarmEngine::on(Entry& entry, const client::TorrentFailed& failed) {
    if (failed.content_changed && owns_place(entry) && entry.complete()) {
        swarm_.retry(entry.swarm_id);
        return doubt(entry, failed.path + " " + failed.why);
    }
    // A read that met the very moment of the delivery.
    if (entry.finishing == Entry::Finishing::kMoving) return swarm_.retry(entry.swarm_id);
    local_trouble(entry,
                  failed.content_changed ? TroubleReason::kContentChanged : reason_of(failed.error_number),
                  failed.path.empty() ? failed.why : failed.path + ": " + failed.why);
}

void SwarmEngine::on(Entry& entry, const client::TrackerAnswered& answered) {
    entry.tracker_times[answered.url] = {clock_(), answered.peers};
    if (entry.trouble == TroubleKind::kLocal) return;
    entry.trouble = TroubleKind::kNone;
    entry.trouble_text.clear();
}

void SwarmEngine::on(Entry& entry, const client::TrackerFailed& failed) {
    entry.tracker_times[failed.url].at = clock_();
    if (entry.trouble == TroubleKind::kLocal) return;
    entry.trouble = TroubleKind::kTracker;
    entry.trouble_text = failed.url + ": " + failed.why;
}

void SwarmEngine::on(Entry& entry, const client::ResumeDataReady& resume) {
    store_record(entry, &resume);
}

void SwarmEngine::on(Entry& entry, const client::ResumeDataFailed&) {
    saving_.erase(entry.record.number);  // what is saved already stays
}

void SwarmEngine::on(Entry& entry, const client::PieceRejected& rejected) {
    // Counted in the activity's `failed`, and fetched again.
    for (const client::PieceRejected::Sender& sender : rejected.senders) {
        log::warning(sender.banned ? "damaged piece again, its sender is banned" : "damaged piece",
                     {{"id", std::to_string(entry.record.number)},
                      {"torrent", entry.record.name},
                      {"piece", std::to_string(rejected.piece)},
                      {"from", sender.peer.to_string()},
                      {"client", sender.client}});
    }
    if (entry.web_seeds) entry.web_seeds->piece_rejected(rejected.piece);
}

void SwarmEngine::on(Entry& entry, const client::MoveFailed& failed) {
    entry.finishing = Entry::Finishing::kNo;
    entry.record.moving_to.clear();
    entry.next_staging.reset();
    watch(entry);
    touch_soon(entry);
    local_trouble(entry, reason_of(failed.error_number),
                  fmt::format("cannot move the content into its place: {}", failed.why));
}

void SwarmEngine::on(const client::ActivityChanged& changed) {
    for (const TorrentActivity& activity : changed.torrents) {
        Entry* const entry = of_swarm(activity.torrent);
        if (entry != nullptr) guarded(*entry, [&] { update(*entry, activity); });
    }
}

void SwarmEngine::update(Entry& entry, const TorrentActivity& activity) {
    const bool moved_bytes =
        activity.downloaded != entry.activity.downloaded || activity.uploaded != entry.activity.uploaded;
    if (moved_bytes || activity.done != entry.activity.done) touch(entry);
    if (moved_bytes) {
        entry.record.active_at = clock_();
        current_.downloaded += activity.downloaded - std::min(activity.downloaded, entry.activity.downloaded);
        current_.uploaded += activity.uploaded - std::min(activity.uploaded, entry.activity.uploaded);
    }
    const bool was_complete = entry.complete();
    entry.activity = activity;
    // More files were chosen.
    if (was_complete && activity.state == TorrentActivity::State::kDownloading && entry.record.started)
        begin_web_seeds(entry);
    if (entry.rechecking && !entry.checking()) entry.activity.state = TorrentActivity::State::kCheckWaiting;
    entry.activity_at = clock_();
    if (activity.rate_down + activity.rate_up > 0)
        busy_.insert(entry.record.number);
    else
        busy_.erase(entry.record.number);
    if (entry.record.foreign && !entry.rechecking) judge_foreign(entry);
    if (!entry.watch) watch(entry);
    if (entry.joining && activity.state != TorrentActivity::State::kCheckWaiting) joined(entry);
}

void SwarmEngine::recheck(Entry& entry) {
    entry.rechecking = true;
    swarm_.recheck(entry.swarm_id);
}

void SwarmEngine::judge_foreign(Entry& entry) {
    const bool right = entry.complete() && has_right_sizes(entry);
    if (right) {
        // What was asked for when it was added is settled.
        entry.record.foreign = entry.record.replaces = false;
        entry.record.reuse.clear();
        if (!entry.doubt.empty())
            log::info("content is the same as before",
                      {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}});
        entry.doubt.clear();
        if (const Entry* const owner = other_owner(entry))
            log::info("content is the same as another torrent's",
                      {{"path", place(entry).string()},
                       {"id", std::to_string(entry.record.number)},
                       {"other", std::to_string(owner->record.number)}});
        swarm_.approve(entry.swarm_id);
        if (entry.awaits_files())
            flush(entry);
        else if (!entry.record.staged)
            remove_leftovers(entry);
        touch(entry);
    } else if (entry.complete() || entry.activity.state == TorrentActivity::State::kDownloading) {
        if (only_lacks_files(entry)) {
            entry.record.foreign = false;
            choices_changed(entry);
            swarm_.approve(entry.swarm_id);
            return touch(entry);
        }
        if (entry.record.replaces && !find_link(entry)) return begin_update(entry);
        if (const Entry* const owner = other_owner(entry)) {
            return local_trouble(
                entry, TroubleReason::kPlaceTaken,
                fmt::format("{} is the content of torrent {} ({}): start this one again to "
                            "have it take the place over when it is complete, which stops that one",
                            place(entry).string(), owner->record.number, owner->record.name));
        }
        if (!entry.doubt.empty())
            return local_trouble(
                entry, TroubleReason::kContentChanged,
                fmt::format("content changed: {}. Put the old content back, or start the torrent again to "
                            "have what is there replaced when that is complete",
                            std::exchange(entry.doubt, {})));
        // Somebody else's file under our name: only the user can say that it may be overwritten.
        local_trouble(entry, TroubleReason::kPlaceTaken,
                      fmt::format("{} is there already, with other content: move it away, or start the "
                                  "torrent again to have it replaced when that is complete",
                                  content_path(entry).string()));
    }
}

void SwarmEngine::joined(Entry& entry) {
    entry.joining = false;
    // Where it did not believe what was saved, it checks everything anyway.
    if (std::exchange(entry.verify_once_joined, false) && !entry.checking()) verify(entry.record.number);
}

void SwarmEngine::content_complete(Entry& entry) {
    entry.finishing = Entry::Finishing::kNo;
    // It is on its way to another folder: when it is there, we come back.
    if (!entry.record.moving_to.empty()) return;
    // Others were chosen meanwhile: it is told again when these are there too.
    if (!has_all_wanted(entry)) return;
    if (!entry.record.staged) {
        if (entry.record.foreign && !has_right_sizes(entry)) return;
        if (!entry.awaits_files()) return announce_done(entry);
        if (!entry.record.foreign) deliver_awaited(entry);
        return;
    }
    const bool delivered =
        entry.staging->finish_delivery(entry.record.name) == client::StagingFolder::Delivery::kOver;
    if (!delivered && client::is_there(place(entry)) && !entry.record.replaces) {
        local_trouble(entry, TroubleReason::kPlaceTaken,
                      fmt::format("{} appeared while it was downloaded: move it away, or start the "
                                  "torrent again to have it replaced",
                                  place(entry).string()));
        return;
    }
    std::error_code error;
    if (fs::is_symlink(place(entry), error)) throw client::link_error(place(entry));
    if (!delivered) {
        take_over_place(entry);
        deliver(entry);
    }
    entry.finishing = Entry::Finishing::kMoving;
    swarm_.move(entry.swarm_id, entry.record.folder);
}

void SwarmEngine::on(Entry& entry, const client::ContentMoved& moved) {
    if (entry.finishing == Entry::Finishing::kMoving) {
        entry.finishing = Entry::Finishing::kNo;
        entry.record.staged = entry.record.replaces = false;
        entry.record.placed = std::exchange(entry.delivered, {});
        if (const auto facts = entry.record.placed.empty() ? std::nullopt : facts_of(entry))
            swarm_.place_files(entry.swarm_id, hidden_paths(entry, *facts));
        announce_done(entry);
        drop_staging(entry);
        if (std::exchange(entry.choices_waiting, false)) choices_changed(entry);
    } else if (!entry.record.moving_to.empty()) {
        leave_made_folders(entry);
        entry.record.folder = std::exchange(entry.record.moving_to, {});
        entry.record.made_folder = std::exchange(entry.made_by_move, {});
        log::info("content moved", {{"torrent", entry.record.name}, {"folder", moved.folder.string()}});
        // At once: a daemon that is killed now must not look where it was.
        store_record(entry, nullptr);
        drop_staging(entry);
        entry.staging = std::move(entry.next_staging);
        // What got complete on the way.
        const bool unfinished = entry.record.staged || entry.awaits_files() || entry.record.done_at == 0;
        if (unfinished && has_all_wanted(entry)) flush(entry);
    }
    watch(entry);
    touch(entry);
}

void SwarmEngine::drop_staging(Entry& entry) {
    try {
        if (entry.staging) entry.staging->remove();
    } catch (const Error& failure) {
        log::warning("hidden folder stays", {{"why", failure.what()}});
    }
    entry.staging.reset();
}

void SwarmEngine::remove_leftovers(const Entry& entry) {
    try {
        staging_of(entry).remove_leftovers();
    } catch (const Error& failure) {
        log::warning("hidden folder stays", {{"why", failure.what()}});
    }
}

void SwarmEngine::announce_done(Entry& entry) {
    const bool first_time = entry.record.done_at == 0;
    if (first_time) {
        entry.record.done_at = clock_();
        entry.record.hook_owed = options_.done_hook;
    }
    if (!entry.watch) watch(entry);
    // At once, and before the hidden folder goes: a daemon that is killed now must find the content where it
    // is. What the session knows follows.
    store_record(entry, nullptr);
    save_now(entry);
    if (first_time)
        log::info("torrent done",
                  {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}});
    if (!entry.record.hook_owed || std::exchange(entry.hook_noticed, true)) return;
    if (!first_time)
        log::info("hook of a torrent that was done before the daemon ended",
                  {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}});
    notices_.push_back({TorrentNotice::Kind::kDone, view(entry.record.number), content_path(entry)});
}

void SwarmEngine::hook_ended(TorrentNumber torrent) {
    const auto found = entries_.find(torrent);
    if (found == entries_.end() || !std::exchange(found->second->record.hook_owed, false)) return;
    // At once: what is saved as owed runs again.
    store_record(*found->second, nullptr);
}

void SwarmEngine::local_trouble(Entry& entry, TroubleReason reason, const std::string& text) {
    // A full disk fails many writes at once.
    if (entry.trouble == TroubleKind::kLocal) return;
    entry.trouble = TroubleKind::kLocal;
    entry.trouble_reason = reason;
    entry.trouble_text = text;
    if (entry.swarm_id != 0) swarm_.pause(entry.swarm_id);
    entry.activity.paused = true;
    log::error("torrent stopped",
               {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}, {"why", text}});
    notices_.push_back({TorrentNotice::Kind::kError, view(entry.record.number), content_path(entry)});
}

void SwarmEngine::on(Entry& entry, const client::MetadataReceived& metadata) {
    manifest::parse_info(metadata.info, entry.record.name);  // throws on anything unsafe
    const manifest::Manifest facts = manifest::parse_manifest(metadata.manifest, entry.record.name);
    leave_swarm(entry);
    if (entry.record.file_choices.empty()) {
        const client::Magnet magnet = client::parse_magnet(entry.record.magnet);
        entry.record.file_choices = client::select_places(facts, magnet.files).choices;
    }
    choose_place(entry, facts.name);
    entry.record.name = facts.name;
    // The place before the manifest: a daemon that is killed in between asks for the metadata again, and one
    // that comes back with it knows that nothing may be downloaded under the final name.
    store_.save(as_saved(entry));
    store_.save_manifest(entry.record.number, metadata.manifest);
    join_swarm(entry, metadata.manifest);
    touch(entry);
}

void SwarmEngine::on(Entry& entry, const client::MetadataRejected&) {
    log::warning("a peer's metadata does not match the magnet link",
                 {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}});
}

void SwarmEngine::on(Entry& entry, const client::PieceLayersReceived& received) {
    const auto bytes = store_.manifest(entry.record.number);
    if (!bytes) return;
    store_.save_manifest(entry.record.number,
                         manifest::add_piece_layers(*bytes, received.layers, entry.record.name));
}

std::vector<TorrentNotice> SwarmEngine::take_notices() {
    return std::exchange(notices_, {});
}

}  // namespace shoal::daemon
