#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "client/daemon/link_check.hpp"
#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;

fs::path SwarmEngine::staging_folder(const Entry& entry) const {
    return fs::path(entry.record.folder) / (".shoal-" + entry.record.hash);
}

fs::path SwarmEngine::content_path(const Entry& entry) const {
    return (entry.record.staged ? staging_folder(entry) : fs::path(entry.record.folder)) / entry.record.name;
}

void SwarmEngine::choose_place(Entry& entry, const std::string& name) {
    std::error_code error;
    // New content is made beside its place under a temporary name; content that is there already is checked
    // where it is.
    entry.record.staged = !fs::exists(fs::symlink_status(fs::path(entry.record.folder) / name, error));
}

std::optional<fs::path> SwarmEngine::find_link(const Entry& entry, const manifest::Manifest& facts) const {
    return link_in_the_way(entry.record.folder,
                           entry.record.staged ? staging_folder(entry).filename() : fs::path(), facts);
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

void SwarmEngine::remove_emptied_folders() {
    const auto gone = [](auto& folder) {
        std::error_code error;
        fs::remove(folder.first, error);  // fails while it is not empty
        return !error || --folder.second == 0;
    };
    emptied_.erase(std::remove_if(emptied_.begin(), emptied_.end(), gone), emptied_.end());
}

}  // namespace shoal::daemon
