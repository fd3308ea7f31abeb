#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
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
#include "client/swarm/swarm.hpp"
#include "client/swarm/torrent_spec.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;

void SwarmEngine::take_over_place(Torrent& torrent) {
    // The owners give up first: a daemon that is killed in between has nobody who writes there.
    while (Torrent* const owner = places_.other_owner(torrent)) {
        leave_swarm(*owner);
        owner->record.displaced = true;
        owner->activity.paused = true;
        saver_.write(*owner);
        local_trouble(*owner, TroubleReason::kPlaceTaken, places_.not_its_own(*owner, torrent).what());
        log::info("content taken over", {{"path", torrent.place().string()},
                                         {"by", std::to_string(torrent.record.number)},
                                         {"from", std::to_string(owner->record.number)}});
    }
    torrent.record.foreign = false;
}

void SwarmEngine::choose_place(Torrent& torrent, const std::string& name) {
    std::error_code error;
    // New content is made beside its place under a temporary name; content that is there already is checked
    // where it is.
    torrent.record.staged = !fs::exists(fs::symlink_status(fs::path(torrent.record.folder) / name, error));
}

void SwarmEngine::begin_update(Torrent& torrent) {
    TorrentRecord& record = torrent.record;
    if (const auto link = places_.find_link(torrent)) throw client::link_error(*link);
    record = torrent.as_saved(clock_());
    leave_swarm(torrent);
    record.have = {};
    record.swarm_state = {};
    record.staged = record.replaces = true;
    record.foreign = false;
    record.placed.clear();
    if (record.reuse.empty()) record.reuse = torrent.place().string();
    // Before anything is made: a daemon that is killed now goes on with it, and writes nothing to its place.
    store_.save(record);
    log::info("update begun",
              {{"id", std::to_string(record.number)}, {"torrent", record.name}, {"from", record.reuse}});
    join_swarm(torrent, store_.manifest(record.number).value_or(""));
}

void SwarmEngine::begin_copy(Torrent& torrent, const manifest::Manifest& facts) {
    client::CopyJobs::Job job;
    job.id = torrent.record.number;
    job.wanted = facts;
    keep_wanted(job.wanted, torrent.record.file_choices);
    job.from = torrent.record.reuse;
    job.to = torrent.content_path();
    copies_.start(std::move(job));
    torrent.activity.state = client::TorrentActivity::State::kCheckWaiting;
    torrent.activity.paused = !torrent.record.started;
}

void SwarmEngine::copied(const client::CopyJobs::Result& result) {
    Torrent* const found = torrents_.find(result.id);
    if (found == nullptr) return;
    Torrent& torrent = *found;
    guarded(torrent, [&] {
        if (!result.error.empty()) throw Error(ExitCode::kFileSystem, torrent.record.reuse, result.error);
        torrent.record.reuse.clear();
        store_.save(torrent.record);
        join_swarm(torrent, store_.manifest(torrent.record.number).value_or(""));
    });
}

client::OldContent SwarmEngine::old_content(const TorrentRecord& record) const {
    if (!record.replaces) return client::OldContent::kRefuse;
    return record.keep_old || options_.keep_old ? client::OldContent::kKeep : client::OldContent::kRemove;
}

void SwarmEngine::deliver(Torrent& torrent) {
    const TorrentRecord& record = torrent.record;
    const client::OldContent old = old_content(record);
    torrent.delivered.clear();
    if (std::none_of(record.file_choices.begin(), record.file_choices.end(), is_unwanted))
        return torrent.staging->deliver(record.name, old);
    for (std::size_t file = 0; file < torrent.files; ++file) torrent.delivered.push_back(torrent.wants(file));
    std::vector<std::string> files;
    if (auto facts = facts_of(store_, torrent)) {
        keep_wanted(*facts, record.file_choices);
        for (const manifest::FileEntry& file : facts->files) files.push_back(file.path);
    }
    torrent.staging->deliver_files(record.name, files, old);
}

void SwarmEngine::watch(Torrent& torrent, const manifest::Manifest& facts) {
    manifest::Manifest wanted = facts;
    keep_wanted(wanted, torrent.record.file_choices);
    torrent.watch = std::make_unique<client::ContentWatch>(wanted, torrent.place());
    if (std::exchange(torrent.record.content_mark, torrent.watch->mark()) != torrent.record.content_mark)
        saver_.touch(torrent);
}

void SwarmEngine::watch(Torrent& torrent) {
    const bool settled = torrent.complete() && torrent.owns_place() && torrent.record.done_at != 0 &&
                         !torrent.awaits_files() && torrent.record.moving_to.empty() &&
                         torrent.finishing == Torrent::Finishing::kNo;
    if (!settled) return;
    if (const auto facts = facts_of(store_, torrent)) watch(torrent, *facts);
}

void SwarmEngine::doubt(Torrent& torrent, const std::string& seen) {
    log::warning(
        "content changed while it was served",
        {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}, {"seen", seen}});
    torrent.watch.reset();
    torrent.doubt = seen;
    torrent.record.foreign = true;
    swarm_.hold(torrent.swarm_id);
    recheck(torrent);
    torrent.activity.state = client::TorrentActivity::State::kCheckWaiting;
    saver_.touch_soon(torrent);
}

void SwarmEngine::finish_removals() {
    std::vector<TorrentNumber> numbers;
    for (const auto& [number, torrent] : torrents_)
        if (torrent->record.removing) numbers.push_back(number);
    for (const TorrentNumber number : numbers) {
        Torrent& torrent = torrents_.at(number);
        const auto facts = facts_of(store_, torrent);
        if (facts && places_.other_owner(torrent) == nullptr && !places_.find_link(torrent, *facts))
            client::remove_content(*facts, torrent.content_path());
        try {
            if (torrent.record.staged || torrent.awaits_files()) torrent.hidden_folder().remove_leftovers();
            store_.remove(number);
            log::info("torrent removed", {{"id", std::to_string(number)}, {"with content", "yes"}});
        } catch (const Error& failure) {
            log::error("torrent cannot be removed",
                       {{"id", std::to_string(number)}, {"why", failure.what()}});
        }
        removals_.leave_made_folders(torrent.record.folder, torrent.record.made_folder);
        forget(torrent);
    }
}

}  // namespace shoal::daemon
