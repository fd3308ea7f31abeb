#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::manifest {

/// What to change. Nothing set: nothing changes.
struct EditOptions {
    std::optional<std::vector<std::vector<std::string>>> trackers;  ///< instead of those there
    std::vector<std::vector<std::string>> add_trackers;             ///< tiers after those there
    std::vector<std::string> remove_trackers;
    std::optional<std::vector<std::string>> web_seeds;
    std::optional<std::vector<std::string>> dht_nodes;
    std::optional<std::string> comment;                     ///< empty: none
    std::optional<std::optional<std::int64_t>> created_at;  ///< holding nothing: no date
    // These change the info-hash: another swarm.
    std::optional<bool> is_private;
    std::optional<std::string> source;  ///< empty: none
    std::optional<std::string> name;

    [[nodiscard]] bool changes_info_hash() const { return is_private || source || name; }
};

/// The manifest with the changes made and everything else kept, also what we do not know. The info dictionary
/// keeps its very bytes unless the options change it. Throws Error: kBadTorrent, or kUsage for values that no
/// manifest may hold.
std::string edit_manifest(std::string_view bytes, std::string_view source_name, const EditOptions& options);

}  // namespace shoal::manifest
