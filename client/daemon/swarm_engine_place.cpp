#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "client/content/link_check.hpp"
#include "client/content/overlap.hpp"
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/torrent_spec.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;

fs::path SwarmEngine::staging_folder(const Entry& entry) const {
    return fs::path(entry.record.folder) / (".shoal-" + entry.record.hash);
}

fs::path SwarmEngine::content_path(const Entry& entry) const {
    return (entry.record.staged ? staging_folder(entry) : fs::path(entry.record.folder)) / entry.record.name;
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
        local_trouble(*owner, not_its_own(*owner, entry).what());
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
        entry.record.folder, entry.record.staged ? staging_folder(entry).filename() : fs::path(), facts);
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
    for (fs::path& folder : folders_up_to(entry.record.folder, entry.record.made_folder))
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

}  // namespace shoal::daemon
