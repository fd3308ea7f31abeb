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
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/swarm.hpp"
#include "client/swarm/torrent_spec.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;

namespace {

bool is_unwanted(std::int8_t choice) {
    return choice < -1;
}

/// Leaves the files that are wanted, without padding.
void keep_wanted(manifest::Manifest& facts, const std::vector<std::int8_t>& choices) {
    std::vector<manifest::FileEntry> wanted;
    std::size_t index = 0;
    for (manifest::FileEntry& file : facts.files) {
        if (file.pad) continue;
        if (index >= choices.size() || !is_unwanted(choices[index])) wanted.push_back(std::move(file));
        ++index;
    }
    facts.files = std::move(wanted);
}

}  // namespace

client::StagingFolder SwarmEngine::staging_of(const Entry& entry) {
    return {entry.record.folder, entry.record.hash};
}

fs::path SwarmEngine::content_path(const Entry& entry) const {
    return entry.record.staged ? staging_of(entry).content(entry.record.name) : place(entry);
}

fs::path SwarmEngine::place(const Entry& entry) const {
    return fs::path(entry.record.folder) / entry.record.name;
}

bool SwarmEngine::owns_place(const Entry& entry) {
    return entry.has_metadata && !entry.record.staged && !entry.record.foreign && !entry.record.displaced;
}

SwarmEngine::Entry* SwarmEngine::other_owner(const Entry& entry) const {
    const auto place_of = [this](const Entry& one) {
        return client::ContentPlace{one.record.folder, one.record.name, [this, &one] {
                                        std::vector<std::string> files;
                                        const auto facts = facts_of(one);
                                        if (!facts || facts->single_file) return files;
                                        for (const manifest::FileEntry& file : facts->files)
                                            if (!file.pad) files.push_back(file.path);
                                        return files;
                                    }};
    };
    const client::ContentPlace here = place_of(entry);
    for (const auto& [number, other] : entries_) {
        if (other.get() != &entry && owns_place(*other) && client::overlap(here, place_of(*other)))
            return other.get();
    }
    return nullptr;
}

Error SwarmEngine::not_its_own(const Entry& entry, const Entry& owner) const {
    return {ExitCode::kFailed, place(entry).string(),
            fmt::format("belongs to torrent {} ({}) now", owner.record.number, owner.record.name),
            fmt::format("remove torrent {}, or give one of them another folder", owner.record.number)};
}

void SwarmEngine::find_moved(Entry& entry, client::TorrentSpec& spec) const {
    TorrentRecord& record = entry.record;
    std::error_code error;
    const bool before = fs::exists(content_path(entry), error);
    const std::string old_folder = std::exchange(record.folder, std::exchange(record.moving_to, {}));
    const bool after = fs::exists(content_path(entry), error);
    if (before || !after) record.folder = old_folder;
    // Files of both: nobody knows which of them are whole.
    if (before && after) spec.have.clear();
}

void SwarmEngine::take_over_place(Entry& entry) {
    // The owners give up first: a daemon that is killed in between has nobody who writes there.
    while (Entry* const owner = other_owner(entry)) {
        leave_swarm(*owner);
        owner->record.displaced = true;
        owner->activity.paused = true;
        store_record(*owner, nullptr);
        local_trouble(*owner, TroubleReason::kPlaceTaken, not_its_own(*owner, entry).what());
        log::info("content taken over", {{"path", place(entry).string()},
                                         {"by", std::to_string(entry.record.number)},
                                         {"from", std::to_string(owner->record.number)}});
    }
    entry.record.foreign = false;
}

void SwarmEngine::choose_place(Entry& entry, const std::string& name) {
    std::error_code error;
    // New content is made beside its place under a temporary name; content that is there already is checked
    // where it is.
    entry.record.staged = !fs::exists(fs::symlink_status(fs::path(entry.record.folder) / name, error));
}

std::optional<fs::path> SwarmEngine::find_link(const Entry& entry, const manifest::Manifest& facts) const {
    return client::link_in_the_way(
        entry.record.folder, entry.record.staged ? staging_of(entry).content_folder() : fs::path(), facts);
}

std::optional<manifest::Manifest> SwarmEngine::facts_of(const Entry& entry) const {
    try {
        const auto bytes = store_.manifest(entry.record.number);
        if (bytes) return manifest::parse_manifest(*bytes, entry.record.name);
    } catch (const Error&) {
        // Damaged since it was loaded. Who lists all torrents still gets the others, and the next start sets
        // it aside.
    }
    return std::nullopt;
}

std::optional<fs::path> SwarmEngine::find_link(const Entry& entry) const {
    const auto facts = facts_of(entry);
    return facts ? find_link(entry, *facts) : std::nullopt;
}

void SwarmEngine::leave_made_folders(const Entry& entry) {
    for (fs::path& folder : client::folders_up_to(entry.record.folder, entry.record.made_folder))
        emptied_.emplace_back(std::move(folder), kLooks);
}

void SwarmEngine::remove_emptied_folders() {
    const auto gone = [](auto& folder) {
        std::error_code error;
        fs::remove(folder.first, error);  // fails while it is not empty
        return !error || --folder.second == 0;
    };
    emptied_.erase(std::remove_if(emptied_.begin(), emptied_.end(), gone), emptied_.end());
}

void SwarmEngine::begin_update(Entry& entry) {
    TorrentRecord& record = entry.record;
    if (const auto link = find_link(entry)) throw client::link_error(*link);
    record = as_saved(entry);
    leave_swarm(entry);
    record.have = {};
    record.swarm_state = {};
    record.staged = record.replaces = true;
    record.foreign = false;
    record.placed.clear();
    if (record.reuse.empty()) record.reuse = place(entry).string();
    // Before anything is made: a daemon that is killed now goes on with it, and writes nothing to its place.
    store_.save(record);
    log::info("update begun",
              {{"id", std::to_string(record.number)}, {"torrent", record.name}, {"from", record.reuse}});
    join_swarm(entry, store_.manifest(record.number).value_or(""));
}

void SwarmEngine::begin_copy(Entry& entry, const manifest::Manifest& facts) {
    client::CopyJobs::Job job;
    job.id = entry.record.number;
    job.wanted = facts;
    keep_wanted(job.wanted, entry.record.file_choices);
    job.from = entry.record.reuse;
    job.to = content_path(entry);
    copies_.start(std::move(job));
    entry.activity.state = client::TorrentActivity::State::kCheckWaiting;
    entry.activity.paused = !entry.record.started;
}

void SwarmEngine::copied(const client::CopyJobs::Result& result) {
    const auto found = entries_.find(result.id);
    if (found == entries_.end()) return;
    Entry& entry = *found->second;
    guarded(entry, [&] {
        if (!result.error.empty()) throw Error(ExitCode::kFileSystem, entry.record.reuse, result.error);
        entry.record.reuse.clear();
        store_.save(entry.record);
        join_swarm(entry, store_.manifest(entry.record.number).value_or(""));
    });
}

client::OldContent SwarmEngine::old_content(const TorrentRecord& record) const {
    if (!record.replaces) return client::OldContent::kRefuse;
    return record.keep_old || options_.keep_old ? client::OldContent::kKeep : client::OldContent::kRemove;
}

void SwarmEngine::deliver(Entry& entry) {
    const TorrentRecord& record = entry.record;
    const client::OldContent old = old_content(record);
    entry.delivered.clear();
    if (std::none_of(record.file_choices.begin(), record.file_choices.end(), is_unwanted))
        return entry.staging->deliver(record.name, old);
    for (std::size_t file = 0; file < entry.files; ++file) entry.delivered.push_back(entry.wants(file));
    std::vector<std::string> files;
    if (auto facts = facts_of(entry)) {
        keep_wanted(*facts, record.file_choices);
        for (const manifest::FileEntry& file : facts->files) files.push_back(file.path);
    }
    entry.staging->deliver_files(record.name, files, old);
}

void SwarmEngine::find_delivered(Entry& entry, const manifest::Manifest& facts,
                                 client::TorrentSpec& spec) const {
    TorrentRecord& record = entry.record;
    client::StagingFolder staging = staging_of(entry);
    using Delivery = client::StagingFolder::Delivery;
    const Delivery delivery = staging.finish_delivery(record.name);
    std::error_code error;
    const bool gone = !fs::exists(content_path(entry), error) && fs::exists(place(entry), error);
    if (delivery == Delivery::kOver || (gone && !record.replaces)) {
        record.placed = files_of_delivery(staging, facts);
        record.staged = record.replaces = false;
        record.reuse.clear();
        // First what a restart would read: without the hidden folder it could not tell.
        store_.save(record);
        staging.remove_leftovers();
        spec.have.clear();
    } else if (delivery == Delivery::kBegun) {
        spec.have.clear();  // some of its files may have been exchanged
    }
}

void SwarmEngine::watch(Entry& entry, const manifest::Manifest& facts) {
    manifest::Manifest wanted = facts;
    keep_wanted(wanted, entry.record.file_choices);
    entry.watch = std::make_unique<client::ContentWatch>(wanted, place(entry));
    if (std::exchange(entry.record.content_mark, entry.watch->mark()) != entry.record.content_mark)
        touch(entry);
}

void SwarmEngine::watch(Entry& entry) {
    const bool settled = entry.complete() && owns_place(entry) && entry.record.done_at != 0 &&
                         !entry.awaits_files() && entry.record.moving_to.empty() &&
                         entry.finishing == Entry::Finishing::kNo;
    if (!settled) return;
    if (const auto facts = facts_of(entry)) watch(entry, *facts);
}

void SwarmEngine::look_after_contents() {
    std::size_t left = 256;  // files a second: a stat takes a microsecond, and on a network much longer
    const auto look = [&](TorrentNumber number) {
        Entry& entry = *entries_.at(number);
        guarded(entry, [&] { left -= std::min(left, look_after_content(entry, left)); });
    };
    // What is being sent comes first.
    const std::vector<TorrentNumber> busy(busy_.begin(), busy_.end());
    for (const TorrentNumber number : busy) look(number);
    for (std::size_t round = entries_.size(); round > 0 && left > 0; --round) {
        auto next = entries_.upper_bound(looked_at_);
        if (next == entries_.end()) next = entries_.begin();
        looked_at_ = next->first;
        look(looked_at_);
    }
}

std::size_t SwarmEngine::look_after_content(Entry& entry, std::size_t most) {
    if (!entry.watch || entry.activity.paused || entry.checking() || !owns_place(entry)) return 0;
    const std::size_t files = std::min(most, entry.watch->files());
    if (const std::string seen = entry.watch->changed(most); !seen.empty()) doubt(entry, seen);
    return files;
}

void SwarmEngine::doubt(Entry& entry, const std::string& seen) {
    log::warning(
        "content changed while it was served",
        {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}, {"seen", seen}});
    entry.watch.reset();
    entry.doubt = seen;
    entry.record.foreign = true;
    swarm_.hold(entry.swarm_id);
    recheck(entry);
    entry.activity.state = client::TorrentActivity::State::kCheckWaiting;
    touch_soon(entry);
}

void SwarmEngine::finish_removals() {
    std::vector<TorrentNumber> numbers;
    for (const auto& [number, entry] : entries_)
        if (entry->record.removing) numbers.push_back(number);
    for (const TorrentNumber number : numbers) {
        Entry& entry = at(number);
        const auto facts = facts_of(entry);
        if (facts && other_owner(entry) == nullptr && !find_link(entry, *facts))
            client::remove_content(*facts, content_path(entry));
        try {
            if (entry.record.staged || entry.awaits_files()) staging_of(entry).remove_leftovers();
            store_.remove(number);
            log::info("torrent removed", {{"id", std::to_string(number)}, {"with content", "yes"}});
        } catch (const Error& failure) {
            log::error("torrent cannot be removed",
                       {{"id", std::to_string(number)}, {"why", failure.what()}});
        }
        leave_made_folders(entry);
        forget(entry);
    }
}

void SwarmEngine::look_after_removals() {
    const auto over = [this](Removal& removal) {
        std::error_code error;
        if (fs::exists(fs::symlink_status(removal.content, error)) && --removal.looks > 0) return false;
        try {
            if (removal.staging) removal.staging->remove();
            store_.remove(removal.number);
        } catch (const Error& failure) {
            if (removal.looks > 0) return false;
            log::error("what a torrent left cannot be removed",
                       {{"id", std::to_string(removal.number)}, {"why", failure.what()}});
        }
        return true;
    };
    removals_.erase(std::remove_if(removals_.begin(), removals_.end(), over), removals_.end());
}

}  // namespace shoal::daemon
