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
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/source/magnet.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::int8_t kUnwanted = -2;

std::uint32_t content_files(const manifest::Manifest& facts) {
    return static_cast<std::uint32_t>(
        std::count_if(facts.files.begin(), facts.files.end(), [](const auto& file) { return !file.pad; }));
}

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
    auto entry = std::make_unique<Entry>();
    TorrentRecord& record = entry->record;
    std::string name;
    std::vector<std::string> hashes;
    std::uint32_t files = 0;
    if (request.magnet.empty()) {
        const manifest::Manifest facts = manifest::parse_manifest(request.manifest, "torrent");
        hashes = {facts.info_hash_v1, facts.info_hash_v2};
        name = facts.name;
        files = content_files(facts);
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
            return {*known, true, !request.watched.empty() && at(*known).record.watched == request.watched};
    }
    if (!request.reuse.empty() && !client::is_there(request.reuse)) throw file_error(request.reuse, ENOENT);
    if (request.choose) choose_files(record.file_choices, files, request.choose(files));
    // As the protocol names a torrent: v1, or the v2 hash cut to the same length (BEP 52).
    record.hash = (hashes.front().empty() ? hashes.back() : hashes.front()).substr(0, 40);
    if (name.empty()) name = record.hash;
    record.number = take_number();
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
    if (request.magnet.empty()) choose_place(*entry, name);
    Entry& added = insert(std::move(entry));
    try {
        if (request.magnet.empty()) store_.save_manifest(added.record.number, request.manifest);
        store_.save(added.record);
        name_hashes(added, {added.record.hash});
        join_swarm(added, request.manifest);
    } catch (const std::exception&) {
        const TorrentNumber number = added.record.number;
        leave_swarm(added);
        if (added.staging) added.staging->remove_if_unused();
        forget(added);
        store_.remove(number);
        throw;
    }
    current_.files_added += added.files;
    record_.totals.files_added += added.files;
    log::info("torrent added", {{"id", std::to_string(added.record.number)},
                                {"torrent", added.record.name},
                                {"hash", added.record.hash}});
    return {added.record.number, false};
}

TorrentNumber SwarmEngine::take_number() {
    // Saved before it is used, since a number that is used twice would mix up two torrents' files; many at
    // once, since a save waits for the disk.
    constexpr TorrentNumber kReserve = 64;
    if (record_.next_number >= reserved_) {
        SessionRecord saved = record_;
        saved.next_number += kReserve;
        store_.save(saved);
        reserved_ = saved.next_number;
    }
    return record_.next_number++;
}

void SwarmEngine::start(TorrentNumber torrent) {
    Entry& entry = at(torrent);
    if (entry.record.displaced) {
        if (const Entry* const owner = other_owner(entry)) throw not_its_own(entry, *owner);
        // Nobody has it any more. What lies there now is looked at before anything is written.
        entry.record.displaced = false;
        entry.record.have = {};
        entry.record.placed.clear();
        choose_place(entry, entry.record.name);
        entry.record.foreign = !entry.record.staged;
    }
    if (entry.swarm_id == 0 && !copies_.has(torrent)) {
        // What it was to start from may be gone.
        if (!client::is_there(entry.record.reuse)) entry.record.reuse.clear();
        join_swarm(entry, store_.manifest(torrent).value_or(""));
    }
    // Said again by the user, what lies in its place may be replaced, but never through a link, and not while
    // the check runs that tells whether there is something to say.
    // It is being copied: what is to come is saved with it.
    if (entry.swarm_id == 0) {
        entry.trouble = TroubleKind::kNone;
        entry.trouble_text.clear();
        entry.record.started = true;
        entry.activity.paused = false;
        return touch_soon(entry);
    }
    const bool in_doubt = !entry.complete() && entry.has_metadata;
    const auto link = in_doubt ? find_link(entry) : std::nullopt;
    if (link && !(entry.checking() && entry.record.foreign)) throw client::link_error(*link);
    const bool was_failed = entry.trouble == TroubleKind::kLocal;
    entry.trouble = TroubleKind::kNone;
    entry.trouble_text.clear();
    if (!link && !entry.checking() && entry.record.foreign) {
        entry.record.started = true;
        entry.started_at = clock_();
        return begin_update(entry);
    }
    // Something has the name of what is complete, and it was said so.
    const bool undelivered =
        entry.has_metadata && (entry.record.staged || entry.awaits_files()) && has_all_wanted(entry);
    if (was_failed && undelivered) entry.record.replaces = true;
    if (!entry.record.started || was_failed || entry.activity.paused) entry.started_at = clock_();
    entry.record.started = true;
    entry.record.goal_met = false;
    entry.activity.paused = false;
    swarm_.retry(entry.swarm_id);
    begin_web_seeds(entry);
    if (entry.record.foreign) swarm_.hold(entry.swarm_id);
    if (undelivered && !entry.record.foreign) flush(entry);
    touch_soon(entry);
}

void SwarmEngine::stop(TorrentNumber torrent) {
    Entry& entry = at(torrent);
    entry.record.started = false;
    entry.activity.paused = true;
    entry.activity.rate_down = entry.activity.rate_up = 0;
    if (entry.swarm_id != 0) swarm_.pause(entry.swarm_id);
    touch_soon(entry);
}

void SwarmEngine::verify(TorrentNumber torrent) {
    Entry& entry = at(torrent);
    if (!entry.has_metadata) throw Error(ExitCode::kUsage, entry.record.name, "has no metadata yet");
    if (copies_.has(torrent)) return;  // all of it is looked at when it is copied
    const Entry* const owner = entry.record.staged ? nullptr : other_owner(entry);
    if (entry.record.displaced && owner != nullptr) throw not_its_own(entry, *owner);
    if (entry.record.displaced) return start(torrent);  // which looks at all of it first
    if (entry.swarm_id == 0) join_swarm(entry, store_.manifest(torrent).value_or(""));
    if (entry.swarm_id == 0) return;
    if (!entry.record.foreign && (!entry.record.staged || find_link(entry))) {
        // What turns out to be other content is somebody's: it is said, and not written over.
        entry.record.foreign = true;
        swarm_.hold(entry.swarm_id);
    }
    if (entry.joining) {
        entry.verify_once_joined = true;
    } else {
        recheck(entry);
    }
    // From now on: what is saved before the swarm says so must not be the bits of a check that has not begun.
    // A stopped torrent waits with it until it is started.
    if (entry.record.started) entry.activity.state = client::TorrentActivity::State::kCheckWaiting;
    touch_soon(entry);
}

void SwarmEngine::reannounce(TorrentNumber torrent) {
    Entry& entry = at(torrent);
    if (entry.swarm_id != 0) swarm_.reannounce(entry.swarm_id);
}

void SwarmEngine::remove(TorrentNumber torrent, bool delete_content) {
    Entry& entry = at(torrent);
    copies_.cancel(torrent);
    // What was there before the torrent is not its content, and what another has too stays for that one.
    const bool shared = !entry.record.staged && other_owner(entry) != nullptr;
    const bool deletes =
        delete_content && entry.has_metadata && !entry.record.foreign && !shared && !entry.record.displaced;
    // First what a restart would read: a torrent that was removed must not come back, and what is left of its
    // content then must still go.
    if (!deletes || !note_removal(entry)) store_.remove(torrent);
    if (delete_content) leave_made_folders(entry);
    log::info("torrent removed", {{"id", std::to_string(torrent)},
                                  {"torrent", entry.record.name},
                                  {"with content", delete_content ? "yes" : "no"}});
    removed_.emplace_back(clock_(), torrent);
    if (deletes) {
        const auto facts = entry.swarm_id == 0 ? facts_of(entry) : std::nullopt;
        if (facts && !find_link(entry, *facts)) client::remove_content(*facts, content_path(entry));
        removals_.push_back({torrent, content_path(entry), std::move(entry.staging), kLooks});
    }
    const bool delivered = entry.finishing == Entry::Finishing::kMoving;
    leave_swarm(entry, deletes);
    if (delivered) drop_staging(entry);  // nothing of it is left there
    forget(entry);
    look_after_removals();
    state_written();
}

bool SwarmEngine::note_removal(Entry& entry) {
    entry.record.removing = true;
    try {
        store_.save(entry.record);
        return true;
    } catch (const Error&) {
        return false;  // a full disk must not keep anybody from making room
    }
}

void SwarmEngine::change(TorrentNumber torrent, const TorrentChange& change) {
    Entry& entry = at(torrent);
    TorrentSettings& settings = entry.record.settings;
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
    if (choose_files(entry.record.file_choices, entry.files, change)) choices_changed(entry);
    if (change.trackers) {
        entry.record.trackers = *change.trackers;
        if (entry.swarm_id != 0) swarm_.set_trackers(entry.swarm_id, entry.record.trackers);
    }
    entry.edited_at = clock_();
    apply_settings(entry);
    touch_soon(entry);
}

void SwarmEngine::relocate(TorrentNumber torrent, const std::string& folder, bool move) {
    Entry& entry = at(torrent);
    if (!entry.has_metadata || (entry.swarm_id == 0 && !entry.record.displaced))
        throw Error(ExitCode::kUsage, entry.record.name, "has no content yet");
    if (entry.record.displaced && move)
        throw Error(ExitCode::kUsage, place(entry).string(), "is not its content any more",
                    "move the torrent without its content");
    std::error_code error;
    const std::string made = client::first_missing(folder).string();
    fs::create_directories(folder, error);
    if (error) throw file_error(folder, error.value());
    if (copies_.has(torrent) || entry.finishing == Entry::Finishing::kMoving ||
        !entry.record.moving_to.empty())
        throw Error(ExitCode::kUsage, entry.record.name, "is being moved", "try again when that is done");
    if (entry.record.staged && !move)
        throw Error(ExitCode::kUsage, entry.record.name, "is still being downloaded",
                    "wait until it is done");
    entry.edited_at = clock_();
    if (!move) {
        const TorrentView seen = view(torrent);
        entry.record.downloaded = seen.downloaded;
        entry.record.uploaded = seen.uploaded;
        leave_swarm(entry);
        if (std::exchange(entry.record.displaced, false)) {
            entry.trouble = TroubleKind::kNone;
            entry.trouble_text.clear();
        }
        entry.record.folder = folder;
        entry.record.made_folder = made;
        entry.record.placed.clear();
        entry.staging.reset();
        choose_place(entry, entry.record.name);
        // At once, and without the bits: nobody knows yet what is there.
        const client::ResumeDataReady nothing;
        store_record(entry, &nothing);
        return join_swarm(entry, store_.manifest(torrent).value_or(""));
    }
    if (fs::path place = fs::path(folder) / entry.record.name; fs::exists(fs::symlink_status(place, error)))
        throw Error(ExitCode::kUsage, place.string(), "is there already", "move it away");
    entry.made_by_move = made;
    if (entry.staging) {
        entry.next_staging = std::make_unique<client::StagingFolder>(folder, entry.record.hash);
        entry.next_staging->open();
    }
    entry.watch.reset();
    // Before it begins: a daemon that is killed on the way looks in both folders.
    entry.record.moving_to = folder;
    store_record(entry, nullptr);
    swarm_.move(entry.swarm_id,
                entry.record.staged ? entry.next_staging->session_folder() : fs::path(folder));
}

void SwarmEngine::rename(TorrentNumber torrent, const std::string&, const std::string&) {
    throw Error(ExitCode::kUsage, at(torrent).record.name, "paths cannot be renamed here",
                "the content keeps the names of its torrent");
}

}  // namespace shoal::daemon
