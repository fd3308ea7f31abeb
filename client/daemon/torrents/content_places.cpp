#include "client/daemon/torrents/content_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/link_check.hpp"
#include "client/content/overlap.hpp"
#include "client/daemon/torrents/manifest_files.hpp"
#include "client/daemon/torrents/torrent_facts.hpp"
#include "client/swarm/swarm.hpp"
#include "client/swarm/torrent_spec.hpp"

namespace shoal::daemon {

namespace {

namespace fs = std::filesystem;

/// Of all files, those that the last delivery moved alone; empty where it moved all content as one.
std::vector<bool> files_of_delivery(const client::StagingFolder& staging, const manifest::Manifest& facts) {
    const std::vector<std::string> noted = staging.noted_files();
    if (noted.empty()) return {};
    const std::unordered_set<std::string> paths(noted.begin(), noted.end());
    std::vector<bool> delivered;
    for_each_file(facts, [&](std::uint32_t, const manifest::FileEntry& file) {
        delivered.push_back(paths.contains(file.path));
    });
    return delivered;
}

}  // namespace

ContentPlaces::ContentPlaces(const TorrentTable& torrents, StateStore& store, const client::Swarm& swarm)
    : torrents_(torrents), store_(store), swarm_(swarm) {}

Torrent* ContentPlaces::other_owner(const Torrent& torrent) const {
    const auto place_of = [this](const Torrent& one) {
        return client::ContentPlace{one.record.folder, one.record.name, [this, &one] {
                                        std::vector<std::string> files;
                                        const auto facts = facts_of(store_, one);
                                        if (!facts || facts->single_file) return files;
                                        for (const manifest::FileEntry& file : facts->files)
                                            if (!file.pad) files.push_back(file.path);
                                        return files;
                                    }};
    };
    const client::ContentPlace here = place_of(torrent);
    for (const auto& [number, other] : torrents_) {
        if (other.get() != &torrent && other->owns_place() && client::overlap(here, place_of(*other)))
            return other.get();
    }
    return nullptr;
}

Error ContentPlaces::not_its_own(const Torrent& torrent, const Torrent& owner) {
    return {ExitCode::kFailed, torrent.place().string(),
            fmt::format("belongs to torrent {} ({}) now", owner.record.number, owner.record.name),
            fmt::format("remove torrent {}, or give one of them another folder", owner.record.number)};
}

void ContentPlaces::find_moved(Torrent& torrent, client::TorrentSpec& spec) {
    TorrentRecord& record = torrent.record;
    std::error_code error;
    const bool before = fs::exists(torrent.content_path(), error);
    const std::string old_folder = std::exchange(record.folder, std::exchange(record.moving_to, {}));
    const bool after = fs::exists(torrent.content_path(), error);
    if (before || !after) record.folder = old_folder;
    // Files of both: nobody knows which of them are whole.
    if (before && after) spec.have.clear();
}

std::optional<fs::path> ContentPlaces::find_link(const Torrent& torrent, const manifest::Manifest& facts) {
    return client::link_in_the_way(
        torrent.record.folder, torrent.record.staged ? torrent.hidden_folder().content_folder() : fs::path(),
        facts);
}

std::optional<fs::path> ContentPlaces::find_link(const Torrent& torrent) const {
    const auto facts = facts_of(store_, torrent);
    return facts ? find_link(torrent, *facts) : std::nullopt;
}

void ContentPlaces::find_delivered(Torrent& torrent, const manifest::Manifest& facts,
                                   client::TorrentSpec& spec) const {
    TorrentRecord& record = torrent.record;
    client::StagingFolder staging = torrent.hidden_folder();
    using Delivery = client::StagingFolder::Delivery;
    const Delivery delivery = staging.finish_delivery(record.name);
    std::error_code error;
    const bool gone = !fs::exists(torrent.content_path(), error) && fs::exists(torrent.place(), error);
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

bool ContentPlaces::has_right_sizes(const Torrent& torrent) const {
    const auto facts = facts_of(store_, torrent);
    if (!facts) return false;
    bool right = true;
    for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (!right || !torrent.wants(number) || !file.symlink.empty()) return;
        const bool hidden = !torrent.record.staged && !torrent.placed(number);
        const fs::path root =
            hidden ? torrent.hidden_folder().content(torrent.record.name) : torrent.content_path();
        std::error_code error;
        right = fs::file_size(client::file_path(*facts, file, root), error) == file.size;
    });
    return right;
}

bool ContentPlaces::has_all_wanted(const Torrent& torrent) const {
    const auto facts = facts_of(store_, torrent);
    if (!facts) return false;
    const std::vector<std::uint64_t> done = swarm_.file_progress(torrent.swarm_id);
    bool all = true;
    for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (torrent.wants(number) && (number >= done.size() || done[number] < file.size)) all = false;
    });
    return all;
}

bool ContentPlaces::only_lacks_files(const Torrent& torrent) const {
    const TorrentRecord& record = torrent.record;
    if (record.done_at == 0 || record.file_choices.empty() || other_owner(torrent) != nullptr) return false;
    const auto facts = facts_of(store_, torrent);
    if (!facts) return false;
    const std::vector<std::uint64_t> done = swarm_.file_progress(torrent.swarm_id);
    bool only = true;
    for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (!torrent.wants(number) || !torrent.placed(number)) return;
        const bool whole = number < done.size() && done[number] == file.size;
        if (!whole && client::is_there(client::file_path(*facts, file, torrent.place()))) only = false;
    });
    return only;
}

std::map<std::uint32_t, std::string> ContentPlaces::awaited_files(const Torrent& torrent,
                                                                  const manifest::Manifest& facts) {
    std::map<std::uint32_t, std::string> files;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (torrent.wants(number) && !torrent.placed(number)) files[number] = file.path;
    });
    return files;
}

std::map<std::uint32_t, std::string> ContentPlaces::hidden_paths(const Torrent& torrent,
                                                                 const manifest::Manifest& facts) {
    std::map<std::uint32_t, std::string> paths;
    const fs::path root = torrent.hidden_folder().content_folder() / facts.name;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (!torrent.placed(number)) paths[number] = (root / file.path).string();
    });
    return paths;
}

void ContentPlaces::find_placed(Torrent& torrent, const manifest::Manifest& facts) const {
    TorrentRecord& record = torrent.record;
    if (record.placed.empty()) return;
    client::StagingFolder staging = torrent.hidden_folder();
    if (staging.finish_delivery(record.name) != client::StagingFolder::Delivery::kOver) return;
    const std::vector<bool> delivered = files_of_delivery(staging, facts);
    std::vector<bool> placed = record.placed;
    for (std::size_t file = 0; file < std::min(delivered.size(), placed.size()); ++file)
        if (delivered[file]) placed[file] = true;
    torrent.set_placed(std::move(placed));
    record.replaces = false;
    // First what a restart would read: without the hidden folder it could not tell.
    store_.save(record);
    if (!torrent.awaits_files()) staging.remove_leftovers();
}

}  // namespace shoal::daemon
