#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "client/content/existing_content.hpp"
#include "client/content/link_check.hpp"
#include "client/content/overlap.hpp"
#include "client/content/remove_content.hpp"
#include "client/daemon/torrents/manifest_files.hpp"
#include "client/daemon/torrents/swarm_engine.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "client/daemon/torrents/torrent_facts.hpp"
#include "client/source/magnet.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::int8_t kUnwanted = -2;

/// @return whether there was something to choose
bool choose_files(std::vector<std::int8_t>& choices, std::uint32_t files, const TorrentChange& change) {
    if (change.wanted.empty() && change.priorities.empty()) return false;
    choices.resize(files, 0);
    for (const auto& [file, wanted] : change.wanted) {
        if (!wanted) choices.at(file) = kUnwanted;
        if (wanted && choices.at(file) == kUnwanted) choices.at(file) = 0;
    }
    for (const auto& [file, priority] : change.priorities)
        if (choices.at(file) != kUnwanted) choices.at(file) = static_cast<std::int8_t>(priority);
    return true;
}

}  // namespace

AddResult SwarmEngine::add(const AddRequest& request) {
    auto torrent = std::make_unique<Torrent>();
    TorrentRecord& record = torrent->record;
    std::string name;
    std::vector<std::string> hashes;
    std::uint32_t files = 0;
    if (request.magnet.empty()) {
        const manifest::Manifest facts = manifest::parse_manifest(request.manifest, "torrent");
        hashes = {facts.info_hash_v1, facts.info_hash_v2};
        name = facts.name;
        files = count_files(facts);
        if (const std::string remark = manifest::remark_on(facts); !remark.empty())
            log::warning("torrent added with a remark", {{"torrent", name}, {"remark", remark}});
    } else {
        const client::Magnet magnet = client::parse_magnet(request.magnet);
        hashes = {magnet.info_hash_v1, magnet.info_hash_v2};
        name = magnet.name;
        record.magnet = request.magnet;
    }
    for (const std::string& hash : hashes) {
        if (const auto known = find(hash))
            return {*known, true,
                    !request.watched.empty() && torrents_.at(*known).record.watched == request.watched};
    }
    if (!request.reuse.empty() && !client::is_there(request.reuse)) throw file_error(request.reuse, ENOENT);
    if (request.choose) choose_files(record.file_choices, files, request.choose(files));
    // As the protocol names a torrent: v1, or the v2 hash cut to the same length (BEP 52).
    record.hash = (hashes.front().empty() ? hashes.back() : hashes.front()).substr(0, 40);
    if (name.empty()) name = record.hash;
    record.number = session_state_.take_number();
    record.name = name;
    record.folder = request.folder.empty() ? session_.download_folder : request.folder;
    record.started = !request.paused.value_or(!session_.start_added);
    record.added_at = clock_();
    record.settings.labels = request.labels;
    record.settings.peer_limit = request.peer_limit;
    record.reuse = request.reuse;
    record.replaces = request.replace || request.keep_old;
    record.keep_old = request.keep_old;
    record.watched = request.watched;
    std::error_code error;
    record.made_folder = client::first_missing(record.folder).string();
    fs::create_directories(record.folder, error);
    if (error) throw file_error(record.folder, error.value());
    if (request.magnet.empty()) choose_place(*torrent, name);
    Torrent& added = torrents_.insert(std::move(torrent));
    try {
        if (request.magnet.empty()) store_.save_manifest(added.record.number, request.manifest);
        store_.save(added.record);
        torrents_.name_hashes(added, {added.record.hash});
        join_swarm(added, request.manifest);
    } catch (const std::exception&) {
        const TorrentNumber number = added.record.number;
        leave_swarm(added);
        if (added.staging) added.staging->remove_if_unused();
        forget(added);
        store_.remove(number);
        throw;
    }
    session_state_.count_files(added.files);
    log::info("torrent added", {{"id", std::to_string(added.record.number)},
                                {"torrent", added.record.name},
                                {"hash", added.record.hash}});
    return {added.record.number, false};
}

void SwarmEngine::start(TorrentNumber number) {
    Torrent& torrent = torrents_.at(number);
    if (torrent.record.displaced) {
        if (const Torrent* const owner = places_.other_owner(torrent))
            throw places_.not_its_own(torrent, *owner);
        // Nobody has it any more. What lies there now is looked at before anything is written.
        torrent.record.displaced = false;
        torrent.record.have = {};
        torrent.record.placed.clear();
        choose_place(torrent, torrent.record.name);
        torrent.record.foreign = !torrent.record.staged;
    }
    if (torrent.swarm_id == 0 && !copies_.has(number)) {
        // What it was to start from may be gone.
        if (!client::is_there(torrent.record.reuse)) torrent.record.reuse.clear();
        join_swarm(torrent, store_.manifest(number).value_or(""));
    }
    // Said again by the user, what lies in its place may be replaced, but never through a link, and not while
    // the check runs that tells whether there is something to say.
    // It is being copied: what is to come is saved with it.
    if (torrent.swarm_id == 0) {
        torrent.trouble = TroubleKind::kNone;
        torrent.trouble_text.clear();
        torrent.record.started = true;
        torrent.activity.paused = false;
        return saver_.touch_soon(torrent);
    }
    const bool in_doubt = !torrent.complete() && torrent.has_metadata;
    const auto link = in_doubt ? places_.find_link(torrent) : std::nullopt;
    if (link && !(torrent.checking() && torrent.record.foreign)) throw client::link_error(*link);
    const bool was_failed = torrent.trouble == TroubleKind::kLocal;
    torrent.trouble = TroubleKind::kNone;
    torrent.trouble_text.clear();
    if (!link && !torrent.checking() && torrent.record.foreign) {
        torrent.record.started = true;
        torrent.started_at = clock_();
        return begin_update(torrent);
    }
    // Something has the name of what is complete, and it was said so.
    const bool undelivered = torrent.has_metadata && (torrent.record.staged || torrent.awaits_files()) &&
                             places_.has_all_wanted(torrent);
    if (was_failed && undelivered) torrent.record.replaces = true;
    if (!torrent.record.started || was_failed || torrent.activity.paused) torrent.started_at = clock_();
    torrent.record.started = true;
    torrent.record.goal_met = false;
    torrent.activity.paused = false;
    swarm_.retry(torrent.swarm_id);
    web_seeds_.begin(torrent);
    if (torrent.record.foreign) swarm_.hold(torrent.swarm_id);
    if (undelivered && !torrent.record.foreign) flush(torrent);
    saver_.touch_soon(torrent);
}

void SwarmEngine::stop(TorrentNumber number) {
    Torrent& torrent = torrents_.at(number);
    torrent.record.started = false;
    torrent.activity.paused = true;
    torrent.activity.rate_down = torrent.activity.rate_up = 0;
    traffic_.update(torrent);
    if (torrent.swarm_id != 0) swarm_.pause(torrent.swarm_id);
    saver_.touch_soon(torrent);
}

void SwarmEngine::verify(TorrentNumber number) {
    Torrent& torrent = torrents_.at(number);
    if (!torrent.has_metadata) throw Error(ExitCode::kUsage, torrent.record.name, "has no metadata yet");
    if (copies_.has(number)) return;  // all of it is looked at when it is copied
    const Torrent* const owner = torrent.record.staged ? nullptr : places_.other_owner(torrent);
    if (torrent.record.displaced && owner != nullptr) throw places_.not_its_own(torrent, *owner);
    if (torrent.record.displaced) return start(number);  // which looks at all of it first
    if (torrent.swarm_id == 0) join_swarm(torrent, store_.manifest(number).value_or(""));
    if (torrent.swarm_id == 0) return;
    if (!torrent.record.foreign && (!torrent.record.staged || places_.find_link(torrent))) {
        // What turns out to be other content is somebody's: it is said, and not written over.
        torrent.record.foreign = torrent.verifying_own = true;
        swarm_.hold(torrent.swarm_id);
    }
    if (torrent.joining) {
        torrent.verify_once_joined = true;
    } else {
        recheck(torrent);
    }
    // From now on: what is saved before the swarm says so must not be the bits of a check that has not begun.
    // A stopped torrent waits with it until it is started.
    if (torrent.record.started) torrent.activity.state = client::TorrentActivity::State::kCheckWaiting;
    saver_.touch_soon(torrent);
}

void SwarmEngine::reannounce(TorrentNumber number) {
    Torrent& torrent = torrents_.at(number);
    if (torrent.swarm_id != 0) swarm_.reannounce(torrent.swarm_id);
}

void SwarmEngine::remove(TorrentNumber number, bool delete_content) {
    Torrent& torrent = torrents_.at(number);
    copies_.cancel(number);
    // What was there before the torrent is not its content, and what another has too stays for that one.
    const bool shared = !torrent.record.staged && places_.other_owner(torrent) != nullptr;
    const bool own = !torrent.record.foreign || torrent.verifying_own;
    const bool deletes =
        delete_content && torrent.has_metadata && own && !shared && !torrent.record.displaced;
    // First what a restart would read: a torrent that was removed must not come back, and what is left of its
    // content then must still go.
    if (!deletes || !note_removal(torrent)) store_.remove(number);
    if (delete_content) removals_.leave_made_folders(torrent.record.folder, torrent.record.made_folder);
    log::info("torrent removed", {{"id", std::to_string(number)},
                                  {"torrent", torrent.record.name},
                                  {"with content", delete_content ? "yes" : "no"}});
    removals_.remember(number, clock_());
    if (deletes) {
        const auto facts = torrent.swarm_id == 0 ? facts_of(store_, torrent) : std::nullopt;
        if (facts && !places_.find_link(torrent, *facts))
            client::remove_content(*facts, torrent.content_path());
        removals_.finish(number, torrent.content_path(), std::move(torrent.staging));
    }
    const bool delivered = torrent.finishing == Torrent::Finishing::kMoving;
    leave_swarm(torrent, deletes);
    if (delivered) drop_staging(torrent);  // nothing of it is left there
    forget(torrent);
    removals_.look();
}

bool SwarmEngine::note_removal(Torrent& torrent) {
    torrent.record.removing = true;
    try {
        store_.save(torrent.record);
        return true;
    } catch (const Error&) {
        return false;  // a full disk must not keep anybody from making room
    }
}

void SwarmEngine::change(TorrentNumber number, const TorrentChange& change) {
    Torrent& torrent = torrents_.at(number);
    TorrentSettings& settings = torrent.record.settings;
    if (change.honors_session_limits == false)
        throw Error(ExitCode::kUsage, "honorsSessionLimits", "every torrent honours the session's limits",
                    "");
    const auto set = [](auto& target, const auto& value) {
        if (value) target = *value;
    };
    set(settings.limited_down, change.limited_down);
    set(settings.limited_up, change.limited_up);
    set(settings.limit_down, change.limit_down);
    set(settings.limit_up, change.limit_up);
    set(settings.peer_limit, change.peer_limit);
    set(settings.ratio_source, change.ratio_source);
    set(settings.ratio_limit, change.ratio_limit);
    set(settings.idle_source, change.idle_source);
    set(settings.idle_minutes, change.idle_minutes);
    set(settings.labels, change.labels);
    if (choose_files(torrent.record.file_choices, torrent.files, change)) choices_changed(torrent);
    if (change.trackers) {
        torrent.record.trackers = *change.trackers;
        if (torrent.swarm_id != 0) swarm_.set_trackers(torrent.swarm_id, torrent.record.trackers);
    }
    torrent.edited_at = clock_();
    limits_.apply_to(torrent, session_);
    saver_.touch_soon(torrent);
}

void SwarmEngine::relocate(TorrentNumber number, const std::string& folder, bool move) {
    Torrent& torrent = torrents_.at(number);
    if (!torrent.has_metadata || (torrent.swarm_id == 0 && !torrent.record.displaced))
        throw Error(ExitCode::kUsage, torrent.record.name, "has no content yet");
    if (torrent.record.displaced && move)
        throw Error(ExitCode::kUsage, torrent.place().string(), "is not its content any more",
                    "move the torrent without its content");
    std::error_code error;
    const std::string made = client::first_missing(folder).string();
    fs::create_directories(folder, error);
    if (error) throw file_error(folder, error.value());
    if (copies_.has(number) || torrent.finishing == Torrent::Finishing::kMoving ||
        !torrent.record.moving_to.empty())
        throw Error(ExitCode::kUsage, torrent.record.name, "is being moved", "try again when that is done");
    if (torrent.record.staged && !move)
        throw Error(ExitCode::kUsage, torrent.record.name, "is still being downloaded",
                    "wait until it is done");
    torrent.edited_at = clock_();
    if (!move) {
        torrent.record.downloaded = torrent.downloaded();
        torrent.record.uploaded = torrent.uploaded();
        leave_swarm(torrent);
        if (std::exchange(torrent.record.displaced, false)) {
            torrent.trouble = TroubleKind::kNone;
            torrent.trouble_text.clear();
        }
        torrent.record.folder = folder;
        torrent.record.made_folder = made;
        torrent.record.placed.clear();
        torrent.staging.reset();
        choose_place(torrent, torrent.record.name);
        // At once, and without the bits: nobody knows yet what is there.
        const client::ResumeDataReady nothing;
        saver_.write(torrent, nothing);
        return join_swarm(torrent, store_.manifest(number).value_or(""));
    }
    if (fs::path place = fs::path(folder) / torrent.record.name; fs::exists(fs::symlink_status(place, error)))
        throw Error(ExitCode::kUsage, place.string(), "is there already", "move it away");
    torrent.made_by_move = made;
    if (torrent.staging) {
        torrent.next_staging = std::make_unique<client::StagingFolder>(folder, torrent.record.hash);
        torrent.next_staging->open();
    }
    torrent.watch.reset();
    // Before it begins: a daemon that is killed on the way looks in both folders.
    torrent.record.moving_to = folder;
    saver_.write(torrent);
    swarm_.move(torrent.swarm_id,
                torrent.record.staged ? torrent.next_staging->session_folder() : fs::path(folder));
}

void SwarmEngine::rename(TorrentNumber number, const std::string&, const std::string&) {
    throw Error(ExitCode::kUsage, torrents_.at(number).record.name, "paths cannot be renamed here",
                "the content keeps the names of its torrent");
}

}  // namespace shoal::daemon
