#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/link_check.hpp"
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/daemon/trouble_reason.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;

namespace {

/// Calls `visit` with the number and the entry of each file, padding left out.
template <typename Visit>
void for_each_file(const manifest::Manifest& facts, const Visit& visit) {
    std::uint32_t number = 0;
    for (const manifest::FileEntry& file : facts.files)
        if (!file.pad) visit(number++, file);
}

/// Of TorrentRecord::placed, which is empty where every file is in its place.
void clear_if_all_placed(std::vector<bool>& placed) {
    if (std::find(placed.begin(), placed.end(), false) == placed.end()) placed.clear();
}

}  // namespace

bool SwarmEngine::has_right_sizes(const Entry& entry) const {
    const auto facts = facts_of(entry);
    if (!facts) return false;
    bool right = true;
    for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (!right || !entry.wants(number) || !file.symlink.empty()) return;
        const bool hidden = !entry.record.staged && !entry.placed(number);
        const fs::path root = hidden ? staging_of(entry).content(entry.record.name) : content_path(entry);
        std::error_code error;
        right = fs::file_size(client::file_path(*facts, file, root), error) == file.size;
    });
    return right;
}

bool SwarmEngine::has_all_wanted(const Entry& entry) const {
    const auto facts = facts_of(entry);
    if (!facts) return false;
    const std::vector<std::uint64_t> done = swarm_.file_progress(entry.swarm_id);
    bool all = true;
    for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (entry.wants(number) && (number >= done.size() || done[number] < file.size)) all = false;
    });
    return all;
}

bool SwarmEngine::only_lacks_files(const Entry& entry) const {
    const TorrentRecord& record = entry.record;
    if (record.done_at == 0 || record.file_choices.empty() || other_owner(entry) != nullptr) return false;
    const auto facts = facts_of(entry);
    if (!facts) return false;
    const std::vector<std::uint64_t> done = swarm_.file_progress(entry.swarm_id);
    bool only = true;
    for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (!entry.wants(number) || !entry.placed(number)) return;
        const bool whole = number < done.size() && done[number] == file.size;
        if (!whole && client::is_there(client::file_path(*facts, file, place(entry)))) only = false;
    });
    return only;
}

std::map<std::uint32_t, std::string> SwarmEngine::awaited_files(const Entry& entry,
                                                                const manifest::Manifest& facts) {
    std::map<std::uint32_t, std::string> files;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (entry.wants(number) && !entry.placed(number)) files[number] = file.path;
    });
    return files;
}

std::map<std::uint32_t, std::string> SwarmEngine::hidden_paths(const Entry& entry,
                                                               const manifest::Manifest& facts) {
    std::map<std::uint32_t, std::string> paths;
    const fs::path root = staging_of(entry).content_folder() / facts.name;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (!entry.placed(number)) paths[number] = (root / file.path).string();
    });
    return paths;
}

void SwarmEngine::note_placed(Entry& entry, const manifest::Manifest& facts, const std::vector<bool>& whole) {
    std::vector<bool> placed;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        placed.push_back(entry.placed(number) && number < whole.size() && whole[number] &&
                         client::is_there(client::file_path(facts, file, place(entry))));
    });
    clear_if_all_placed(placed);
    entry.record.placed = std::move(placed);
}

void SwarmEngine::open_staging(Entry& entry) {
    if (entry.staging) return;
    auto staging = std::make_unique<client::StagingFolder>(entry.record.folder, entry.record.hash);
    staging->open();
    entry.staging = std::move(staging);
}

void SwarmEngine::choices_changed(Entry& entry) {
    if (entry.swarm_id == 0) return;  // it is told when it joins
    if (entry.finishing == Entry::Finishing::kMoving) {
        entry.choices_waiting = true;
        return;
    }
    const auto facts = owns_place(entry) && !entry.single_file ? facts_of(entry) : std::nullopt;
    if (facts) {
        std::vector<bool> whole;
        const std::vector<std::uint64_t> done = swarm_.file_progress(entry.swarm_id);
        for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
            // While it is looked at, nothing is known that was not before.
            const bool looking = entry.joining || entry.checking();
            whole.push_back(looking || (number < done.size() && done[number] == file.size));
        });
        const std::vector<bool> before = entry.record.placed;
        note_placed(entry, *facts, whole);
        if (entry.awaits_files()) open_staging(entry);
        // Before anything of them is written: a daemon that is killed must know that they are not complete.
        store_record(entry, nullptr);
        if (entry.record.placed != before) swarm_.place_files(entry.swarm_id, hidden_paths(entry, *facts));
    }
    swarm_.choose_files(entry.swarm_id, entry.record.file_choices);
    if (!facts) return;
    if (entry.awaits_files()) return flush(entry);
    entry.watch.reset();
    watch(entry);
}

void SwarmEngine::flush(Entry& entry) {
    if (entry.finishing == Entry::Finishing::kMoving) return;
    entry.finishing = Entry::Finishing::kFlushing;
    ++entry.flushes;
    swarm_.flush(entry.swarm_id);
}

void SwarmEngine::deliver_awaited(Entry& entry) {
    TorrentRecord& record = entry.record;
    const auto facts = facts_of(entry);
    if (!facts || !entry.staging) return;
    const std::map<std::uint32_t, std::string> awaited = awaited_files(entry, *facts);
    std::vector<std::string> files;
    for (const auto& [number, path] : awaited) files.push_back(path);
    using Delivery = client::StagingFolder::Delivery;
    const bool delivered = entry.staging->finish_delivery(record.name) == Delivery::kOver &&
                           entry.staging->noted_files() == files;
    if (!delivered) {
        // The swarm may not have heard of the choice yet; then the next look finds them.
        const bool there = std::all_of(files.begin(), files.end(), [&](const std::string& file) {
            return client::is_there(entry.staging->content(record.name) / file);
        });
        if (!there) return;
        if (const auto link = client::link_in_the_way(record.folder, {}, *facts))
            throw client::link_error(*link);
        for (const std::string& file : files) {
            if (record.replaces || !client::is_there(place(entry) / file)) continue;
            return local_trouble(entry, TroubleReason::kPlaceTaken,
                                 fmt::format("{} appeared while it was downloaded: move it away, or "
                                             "start the torrent again to have it replaced",
                                             (place(entry) / file).string()));
        }
        entry.staging->deliver_files(record.name, files, old_content(record));
    }
    entry.delivered.clear();
    for (std::uint32_t number = 0; number < entry.files; ++number)
        entry.delivered.push_back(entry.placed(number) || awaited.contains(number));
    std::map<std::uint32_t, std::string> paths;
    for (const auto& [number, path] : awaited) paths[number] = record.name + "/" + path;
    entry.finishing = Entry::Finishing::kMoving;
    entry.placing = paths.size();
    swarm_.place_files(entry.swarm_id, paths);
}

void SwarmEngine::on(Entry& entry, const client::FilePlaced& placed) {
    // Not of those that went the other way.
    const bool delivered = entry.finishing == Entry::Finishing::kMoving && entry.placing > 0 &&
                           placed.path.starts_with(entry.record.name + "/");
    if (delivered && --entry.placing == 0) awaited_delivered(entry);
}

void SwarmEngine::awaited_delivered(Entry& entry) {
    entry.finishing = Entry::Finishing::kNo;
    entry.record.placed = std::exchange(entry.delivered, {});
    clear_if_all_placed(entry.record.placed);
    entry.record.replaces = false;
    entry.watch.reset();
    log::info("files that were chosen later are in their place",
              {{"id", std::to_string(entry.record.number)}, {"torrent", entry.record.name}});
    announce_done(entry);
    drop_staging(entry);
    if (std::exchange(entry.choices_waiting, false)) choices_changed(entry);
    watch(entry);
}

void SwarmEngine::on(Entry& entry, const client::FilePlaceFailed& failed) {
    entry.finishing = Entry::Finishing::kNo;
    entry.placing = 0;
    local_trouble(entry, reason_of(failed.error_number),
                  fmt::format("cannot put a file into its place: {}", failed.why));
}

std::vector<bool> SwarmEngine::files_of_delivery(const client::StagingFolder& staging,
                                                 const manifest::Manifest& facts) {
    const std::vector<std::string> noted = staging.noted_files();
    if (noted.empty()) return {};
    const std::unordered_set<std::string> paths(noted.begin(), noted.end());
    std::vector<bool> delivered;
    for_each_file(facts, [&](std::uint32_t, const manifest::FileEntry& file) {
        delivered.push_back(paths.contains(file.path));
    });
    return delivered;
}

void SwarmEngine::find_placed(Entry& entry, const manifest::Manifest& facts) const {
    TorrentRecord& record = entry.record;
    if (record.placed.empty()) return;
    client::StagingFolder staging = staging_of(entry);
    if (staging.finish_delivery(record.name) != client::StagingFolder::Delivery::kOver) return;
    const std::vector<bool> delivered = files_of_delivery(staging, facts);
    for (std::size_t file = 0; file < std::min(delivered.size(), record.placed.size()); ++file)
        if (delivered[file]) record.placed[file] = true;
    clear_if_all_placed(record.placed);
    record.replaces = false;
    // First what a restart would read: without the hidden folder it could not tell.
    store_.save(record);
    if (!entry.awaits_files()) staging.remove_leftovers();
}

}  // namespace shoal::daemon
