#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "client/content/existing_content.hpp"
#include "client/content/file_selection.hpp"
#include "client/content/link_check.hpp"
#include "client/daemon/torrents/swarm_engine.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "client/daemon/torrents/torrent_facts.hpp"
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
                Torrent* const torrent = torrents_.of_swarm(one.torrent);
                // Without one it was removed while the event was under way.
                if (torrent != nullptr) guarded(*torrent, [&] { on(*torrent, one); });
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

void SwarmEngine::on(Torrent& torrent, const client::ContentChecked&) {
    torrent.rechecking = false;
}

void SwarmEngine::on(Torrent& torrent, const client::Finished&) {
    const bool pending = torrent.finishing != Torrent::Finishing::kMoving;
    const bool untold = torrent.record.hook_owed && !torrent.hook_noticed;
    const bool delivered = torrent.record.done_at != 0 && !torrent.record.staged && !torrent.awaits_files();
    if (!pending || (delivered && !untold)) return;
    flush(torrent);
}

void SwarmEngine::on(Torrent& torrent, const client::Flushed&) {
    // An earlier one does not speak of what was chosen, and came, since.
    if (torrent.flushes > 0 && --torrent.flushes > 0) return;
    if (torrent.finishing == Torrent::Finishing::kFlushing) content_complete(torrent);
}

void SwarmEngine::on(Torrent& torrent, const client::TorrentFailed& failed) {
    if (failed.content_changed && torrent.owns_place() && torrent.complete()) {
        swarm_.retry(torrent.swarm_id);
        return doubt(torrent, failed.path + " " + failed.why);
    }
    // A read that met the very moment of the delivery.
    if (torrent.finishing == Torrent::Finishing::kMoving) return swarm_.retry(torrent.swarm_id);
    local_trouble(torrent,
                  failed.content_changed ? TroubleReason::kContentChanged : reason_of(failed.error_number),
                  failed.path.empty() ? failed.why : failed.path + ": " + failed.why);
}

void SwarmEngine::on(Torrent& torrent, const client::TrackerAnswered& answered) {
    torrent.tracker_times[answered.url] = {clock_(), answered.peers};
    if (torrent.trouble == TroubleKind::kLocal) return;
    torrent.trouble = TroubleKind::kNone;
    torrent.trouble_text.clear();
}

void SwarmEngine::on(Torrent& torrent, const client::TrackerFailed& failed) {
    torrent.tracker_times[failed.url].at = clock_();
    if (torrent.trouble == TroubleKind::kLocal) return;
    torrent.trouble = TroubleKind::kTracker;
    torrent.trouble_text = failed.url + ": " + failed.why;
}

void SwarmEngine::on(Torrent& torrent, const client::ResumeDataReady& resume) {
    saver_.write(torrent, resume);
}

void SwarmEngine::on(Torrent& torrent, const client::ResumeDataFailed&) {
    saver_.no_answer(torrent);
}

void SwarmEngine::on(Torrent& torrent, const client::PieceRejected& rejected) {
    // Counted in the activity's `failed`, and fetched again.
    for (const client::PieceRejected::Sender& sender : rejected.senders) {
        log::warning(sender.banned ? "damaged piece again, its sender is banned" : "damaged piece",
                     {{"id", std::to_string(torrent.record.number)},
                      {"torrent", torrent.record.name},
                      {"piece", std::to_string(rejected.piece)},
                      {"from", sender.peer.to_string()},
                      {"client", sender.client}});
    }
    if (torrent.web_seeds) torrent.web_seeds->piece_rejected(rejected.piece);
}

void SwarmEngine::on(Torrent& torrent, const client::WebSeedFailed& failed) {
    web_seeds_.failed(torrent, failed);
}

void SwarmEngine::on(Torrent& torrent, const client::MoveFailed& failed) {
    torrent.finishing = Torrent::Finishing::kNo;
    torrent.record.moving_to.clear();
    torrent.next_staging.reset();
    watch(torrent);
    saver_.touch_soon(torrent);
    local_trouble(torrent, reason_of(failed.error_number),
                  fmt::format("cannot move the content into its place: {}", failed.why));
}

void SwarmEngine::on(const client::ActivityChanged& changed) {
    for (const TorrentActivity& activity : changed.torrents) {
        Torrent* const torrent = torrents_.of_swarm(activity.torrent);
        if (torrent != nullptr) guarded(*torrent, [&] { update(*torrent, activity); });
    }
}

void SwarmEngine::update(Torrent& torrent, const TorrentActivity& activity) {
    const bool moved_bytes =
        activity.downloaded != torrent.activity.downloaded || activity.uploaded != torrent.activity.uploaded;
    if (moved_bytes || activity.done != torrent.activity.done) saver_.touch(torrent);
    if (activity.downloaded != torrent.activity.downloaded || activity.state != torrent.activity.state)
        torrent.fed_at = ticks_;
    if (moved_bytes) {
        torrent.record.active_at = clock_();
        session_state_.count_transfer(
            activity.downloaded - std::min(activity.downloaded, torrent.activity.downloaded),
            activity.uploaded - std::min(activity.uploaded, torrent.activity.uploaded));
    }
    const bool was_complete = torrent.complete();
    torrent.activity = activity;
    // More files were chosen.
    if (was_complete && activity.state == TorrentActivity::State::kDownloading && torrent.record.started)
        web_seeds_.begin(torrent);
    if (torrent.rechecking && !torrent.checking())
        torrent.activity.state = TorrentActivity::State::kCheckWaiting;
    torrent.activity_at = clock_();
    traffic_.update(torrent);
    if (torrent.record.foreign && !torrent.rechecking) judge_foreign(torrent);
    if (!torrent.watch) watch(torrent);
    if (torrent.joining && activity.state != TorrentActivity::State::kCheckWaiting) joined(torrent);
}

void SwarmEngine::recheck(Torrent& torrent) {
    torrent.rechecking = true;
    swarm_.recheck(torrent.swarm_id);
}

void SwarmEngine::judge_foreign(Torrent& torrent) {
    const bool right = torrent.complete() && places_.has_right_sizes(torrent);
    const bool known = torrent.complete() || torrent.activity.state == TorrentActivity::State::kDownloading;
    if (known) torrent.verifying_own = false;
    if (right) {
        // What was asked for when it was added is settled.
        torrent.record.foreign = torrent.record.replaces = false;
        torrent.record.reuse.clear();
        if (!torrent.doubt.empty())
            log::info("content is the same as before",
                      {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}});
        torrent.doubt.clear();
        if (const Torrent* const owner = places_.other_owner(torrent))
            log::info("content is the same as another torrent's",
                      {{"path", torrent.place().string()},
                       {"id", std::to_string(torrent.record.number)},
                       {"other", std::to_string(owner->record.number)}});
        swarm_.approve(torrent.swarm_id);
        if (torrent.awaits_files())
            flush(torrent);
        else if (!torrent.record.staged)
            remove_leftovers(torrent);
        saver_.touch(torrent);
    } else if (known) {
        if (places_.only_lacks_files(torrent)) {
            torrent.record.foreign = false;
            choices_changed(torrent);
            swarm_.approve(torrent.swarm_id);
            return saver_.touch(torrent);
        }
        if (torrent.record.replaces && !places_.find_link(torrent)) return begin_update(torrent);
        if (const Torrent* const owner = places_.other_owner(torrent)) {
            return local_trouble(
                torrent, TroubleReason::kPlaceTaken,
                fmt::format("{} is the content of torrent {} ({}): start this one again to "
                            "have it take the place over when it is complete, which stops that one",
                            torrent.place().string(), owner->record.number, owner->record.name));
        }
        if (!torrent.doubt.empty())
            return local_trouble(
                torrent, TroubleReason::kContentChanged,
                fmt::format("content changed: {}. Put the old content back, or start the torrent again to "
                            "have what is there replaced when that is complete",
                            std::exchange(torrent.doubt, {})));
        // Somebody else's file under our name: only the user can say that it may be overwritten.
        local_trouble(torrent, TroubleReason::kPlaceTaken,
                      fmt::format("{} is there already, with other content: move it away, or start the "
                                  "torrent again to have it replaced when that is complete",
                                  torrent.content_path().string()));
    }
}

void SwarmEngine::joined(Torrent& torrent) {
    torrent.joining = false;
    // Where it did not believe what was saved, it checks everything anyway.
    if (std::exchange(torrent.verify_once_joined, false) && !torrent.checking())
        verify(torrent.record.number);
}

void SwarmEngine::content_complete(Torrent& torrent) {
    torrent.finishing = Torrent::Finishing::kNo;
    // It is on its way to another folder: when it is there, we come back.
    if (!torrent.record.moving_to.empty()) return;
    // Others were chosen meanwhile: it is told again when these are there too.
    if (!places_.has_all_wanted(torrent)) return;
    if (!torrent.record.staged) {
        if (torrent.record.foreign && !places_.has_right_sizes(torrent)) return;
        if (!torrent.awaits_files()) return announce_done(torrent);
        if (!torrent.record.foreign) deliver_awaited(torrent);
        return;
    }
    const bool delivered =
        torrent.staging->finish_delivery(torrent.record.name) == client::StagingFolder::Delivery::kOver;
    if (!delivered && client::is_there(torrent.place()) && !torrent.record.replaces) {
        local_trouble(torrent, TroubleReason::kPlaceTaken,
                      fmt::format("{} appeared while it was downloaded: move it away, or start the "
                                  "torrent again to have it replaced",
                                  torrent.place().string()));
        return;
    }
    std::error_code error;
    if (fs::is_symlink(torrent.place(), error)) throw client::link_error(torrent.place());
    if (!delivered) {
        take_over_place(torrent);
        deliver(torrent);
    }
    torrent.finishing = Torrent::Finishing::kMoving;
    swarm_.move(torrent.swarm_id, torrent.record.folder);
}

void SwarmEngine::on(Torrent& torrent, const client::ContentMoved& moved) {
    if (torrent.finishing == Torrent::Finishing::kMoving) {
        torrent.finishing = Torrent::Finishing::kNo;
        torrent.record.staged = torrent.record.replaces = false;
        torrent.record.placed = std::exchange(torrent.delivered, {});
        if (const auto facts = torrent.record.placed.empty() ? std::nullopt : facts_of(store_, torrent))
            swarm_.place_files(torrent.swarm_id, places_.hidden_paths(torrent, *facts));
        announce_done(torrent);
        drop_staging(torrent);
        if (std::exchange(torrent.choices_waiting, false)) choices_changed(torrent);
    } else if (!torrent.record.moving_to.empty()) {
        removals_.leave_made_folders(torrent.record.folder, torrent.record.made_folder);
        torrent.record.folder = std::exchange(torrent.record.moving_to, {});
        torrent.record.made_folder = std::exchange(torrent.made_by_move, {});
        log::info("content moved", {{"torrent", torrent.record.name}, {"folder", moved.folder.string()}});
        // At once: a daemon that is killed now must not look where it was.
        saver_.write(torrent);
        drop_staging(torrent);
        torrent.staging = std::move(torrent.next_staging);
        // What got complete on the way.
        const bool unfinished =
            torrent.record.staged || torrent.awaits_files() || torrent.record.done_at == 0;
        if (unfinished && places_.has_all_wanted(torrent)) flush(torrent);
    }
    watch(torrent);
    saver_.touch(torrent);
}

void SwarmEngine::drop_staging(Torrent& torrent) {
    try {
        if (torrent.staging) torrent.staging->remove();
    } catch (const Error& failure) {
        log::warning("hidden folder stays", {{"why", failure.what()}});
    }
    torrent.staging.reset();
}

void SwarmEngine::remove_leftovers(const Torrent& torrent) {
    try {
        torrent.hidden_folder().remove_leftovers();
    } catch (const Error& failure) {
        log::warning("hidden folder stays", {{"why", failure.what()}});
    }
}

void SwarmEngine::announce_done(Torrent& torrent) {
    const bool first_time = torrent.record.done_at == 0;
    if (first_time) {
        torrent.record.done_at = clock_();
        torrent.record.hook_owed = options_.done_hook;
    }
    if (!torrent.watch) watch(torrent);
    // At once, and before the hidden folder goes: a daemon that is killed now must find the content where it
    // is. What the session knows follows.
    saver_.write(torrent);
    saver_.save_now(torrent);
    if (first_time)
        log::info("torrent done",
                  {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}});
    if (!torrent.record.hook_owed || std::exchange(torrent.hook_noticed, true)) return;
    if (!first_time)
        log::info("hook of a torrent that was done before the daemon ended",
                  {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}});
    notices_.push_back(
        {TorrentNotice::Kind::kDone, views_.view(torrent.record.number), torrent.content_path()});
}

void SwarmEngine::hook_ended(TorrentNumber number) {
    Torrent* const torrent = torrents_.find(number);
    if (torrent == nullptr || !std::exchange(torrent->record.hook_owed, false)) return;
    // At once: what is saved as owed runs again.
    saver_.write(*torrent);
}

void SwarmEngine::local_trouble(Torrent& torrent, TroubleReason reason, const std::string& text) {
    // A full disk fails many writes at once.
    if (torrent.trouble == TroubleKind::kLocal) return;
    torrent.trouble = TroubleKind::kLocal;
    torrent.trouble_reason = reason;
    torrent.trouble_text = text;
    if (torrent.swarm_id != 0) swarm_.pause(torrent.swarm_id);
    torrent.activity.paused = true;
    log::error(
        "torrent stopped",
        {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}, {"why", text}});
    notices_.push_back(
        {TorrentNotice::Kind::kError, views_.view(torrent.record.number), torrent.content_path()});
}

void SwarmEngine::on(Torrent& torrent, const client::MetadataReceived& metadata) {
    manifest::parse_info(metadata.info, torrent.record.name);  // throws on anything unsafe
    const manifest::Manifest facts = manifest::parse_manifest(metadata.manifest, torrent.record.name);
    leave_swarm(torrent);
    if (torrent.record.file_choices.empty()) {
        const client::Magnet magnet = client::parse_magnet(torrent.record.magnet);
        torrent.record.file_choices = client::select_places(facts, magnet.files).choices;
    }
    choose_place(torrent, facts.name);
    torrent.record.name = facts.name;
    // The place before the manifest: a daemon that is killed in between asks for the metadata again, and one
    // that comes back with it knows that nothing may be downloaded under the final name.
    store_.save(torrent.as_saved(clock_()));
    store_.save_manifest(torrent.record.number, metadata.manifest);
    join_swarm(torrent, metadata.manifest);
    saver_.touch(torrent);
}

void SwarmEngine::on(Torrent& torrent, const client::MetadataRejected&) {
    log::warning("a peer's metadata does not match the magnet link",
                 {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}});
}

void SwarmEngine::on(Torrent& torrent, const client::PieceLayersReceived& received) {
    const auto bytes = store_.manifest(torrent.record.number);
    if (!bytes) return;
    store_.save_manifest(torrent.record.number,
                         manifest::add_piece_layers(*bytes, received.layers, torrent.record.name));
}

std::vector<TorrentNotice> SwarmEngine::take_notices() {
    return std::exchange(notices_, {});
}

}  // namespace shoal::daemon
