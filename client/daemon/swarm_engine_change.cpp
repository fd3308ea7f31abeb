#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "client/content/link_check.hpp"
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

}  // namespace

AddResult SwarmEngine::add(const AddRequest& request) {
    auto entry = std::make_unique<Entry>();
    TorrentRecord& record = entry->record;
    std::string name;
    std::vector<std::string> hashes;
    if (request.magnet.empty()) {
        const manifest::Manifest facts = manifest::parse_manifest(request.manifest, "torrent");
        hashes = {facts.info_hash_v1, facts.info_hash_v2};
        name = facts.name;
        if (const std::string remark = manifest::remark_on(facts); !remark.empty())
            log::warning("torrent added with a remark", {{"torrent", name}, {"remark", remark}});
    } else {
        const client::Magnet magnet = client::parse_magnet(request.magnet);
        hashes = {magnet.info_hash_v1, magnet.info_hash_v2};
        name = magnet.name;
        record.magnet = request.magnet;
    }
    for (const std::string& hash : hashes)
        if (const auto known = find(hash)) return {*known, true};
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
    std::error_code error;
    record.made_folder = first_missing(record.folder).string();
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
        choose_place(entry, entry.record.name);
        entry.record.foreign = !entry.record.staged;
    }
    if (entry.swarm_id == 0) {
        join_swarm(entry, store_.manifest(torrent).value_or(""));
    }
    // Said again by the user, what lies in its place may be replaced, but never through a link, and not while
    // the check runs that tells whether there is something to say.
    const bool in_doubt = !entry.complete() && entry.has_metadata;
    const auto link = in_doubt ? find_link(entry) : std::nullopt;
    if (link && !(entry.checking() && entry.record.foreign)) throw client::link_error(*link);
    if (!link && !entry.checking() && entry.record.foreign) take_over_place(entry);
    const bool was_failed = entry.trouble == TroubleKind::kLocal;
    entry.trouble = TroubleKind::kNone;
    entry.trouble_text.clear();
    if (!entry.record.started || was_failed || entry.activity.paused) entry.started_at = clock_();
    entry.record.started = true;
    entry.record.goal_met = false;
    entry.activity.paused = false;
    swarm_.retry(entry.swarm_id);
    begin_web_seeds(entry);
    if (entry.record.foreign) swarm_.hold(entry.swarm_id);
    if (entry.complete() && entry.record.staged) {
        entry.finishing = Entry::Finishing::kFlushing;
        swarm_.flush(entry.swarm_id);
    }
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
    const Entry* const owner = entry.record.staged ? nullptr : other_owner(entry);
    if (entry.record.displaced && owner != nullptr) throw not_its_own(entry, *owner);
    if (entry.record.displaced) return start(torrent);  // which looks at all of it first
    if (entry.swarm_id == 0) join_swarm(entry, store_.manifest(torrent).value_or(""));
    if (!entry.record.foreign && (owner != nullptr || find_link(entry))) {
        // What turns out to be damaged would be downloaded again, through the link or into what another
        // torrent shares.
        entry.record.foreign = true;
        swarm_.hold(entry.swarm_id);
    }
    if (entry.joining) {
        entry.verify_once_joined = true;
    } else {
        swarm_.recheck(entry.swarm_id);
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
    // First what a restart would read: a torrent that was removed must not come back.
    store_.remove(torrent);
    if (entry.swarm_id != 0 && delete_content && entry.record.staged)
        emptied_.emplace_back(staging_folder(entry), kLooks);
    if (delete_content) leave_made_folders(entry);
    log::info("torrent removed", {{"id", std::to_string(torrent)},
                                  {"torrent", entry.record.name},
                                  {"with content", delete_content ? "yes" : "no"}});
    removed_.emplace_back(clock_(), torrent);
    // What was there before the torrent is not its content, and what another has too stays for that one.
    const bool shared = !entry.record.staged && other_owner(entry) != nullptr;
    leave_swarm(entry, delete_content && !entry.record.foreign && !shared);
    forget(entry);
    state_written();
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
    std::vector<std::int8_t>& choices = entry.record.file_choices;
    if (!change.wanted.empty() || !change.priorities.empty()) {
        choices.resize(entry.files, 0);
        for (const auto& [file, wanted] : change.wanted) {
            if (!wanted) choices.at(file) = kUnwanted;
            if (wanted && choices.at(file) == kUnwanted) choices.at(file) = 0;
        }
        for (const auto& [file, priority] : change.priorities)
            if (choices.at(file) != kUnwanted) choices.at(file) = static_cast<std::int8_t>(priority);
        if (entry.swarm_id != 0) swarm_.choose_files(entry.swarm_id, choices);
    }
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
    const std::string made = first_missing(folder).string();
    fs::create_directories(folder, error);
    if (error) throw file_error(folder, error.value());
    if (entry.finishing != Entry::Finishing::kNo || !entry.record.moving_to.empty())
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
        choose_place(entry, entry.record.name);
        // At once, and without the bits: nobody knows yet what is there.
        const client::ResumeDataReady nothing;
        store_record(entry, &nothing);
        return join_swarm(entry, store_.manifest(torrent).value_or(""));
    }
    if (fs::path place = fs::path(folder) / entry.record.name; fs::exists(fs::symlink_status(place, error)))
        throw Error(ExitCode::kUsage, place.string(), "is there already", "move it away");
    entry.made_by_move = made;
    // Before it begins: a daemon that is killed on the way looks in both folders.
    entry.record.moving_to = folder;
    store_record(entry, nullptr);
    fs::path target = folder;
    if (entry.record.staged) target /= staging_folder(entry).filename();
    swarm_.move(entry.swarm_id, target);
}

void SwarmEngine::rename(TorrentNumber torrent, const std::string&, const std::string&) {
    throw Error(ExitCode::kUsage, at(torrent).record.name, "paths cannot be renamed here",
                "the content keeps the names of its torrent");
}

}  // namespace shoal::daemon
