#include "client/daemon/rpc/selection.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_set>

#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

constexpr std::int64_t kRecentSeconds = 60;

std::optional<TorrentNumber> find_one(const Engine& engine, const std::vector<TorrentNumber>& all,
                                      const json& id) {
    if (id.is_string()) return engine.find(id.get<std::string>());
    if (!id.is_number_integer())
        throw Error(ExitCode::kUsage, "ids", "must be numbers, hashes, a list of them, or 'recently-active'");
    const auto number = id.get<TorrentNumber>();
    if (!std::binary_search(all.begin(), all.end(), number)) return std::nullopt;
    return number;
}

}  // namespace

Selection select_torrents(const Engine& engine, const json& arguments) {
    Selection selection;
    std::vector<TorrentNumber> all = engine.torrents();
    const auto ids = arguments.find("ids");
    if (ids == arguments.end() || ids->is_null()) {
        selection.torrents = std::move(all);
    } else if (*ids == "recently-active") {
        selection.recently_active = true;
        const auto since = engine.now() - kRecentSeconds;
        for (const TorrentNumber torrent : all) {
            const TorrentView view = engine.view(torrent);
            if (view.active_at >= since || view.edited_at >= since || view.added_at >= since)
                selection.torrents.push_back(torrent);
        }
    } else {
        std::unordered_set<TorrentNumber> seen;
        for (const json& id : ids->is_array() ? *ids : json::array({*ids})) {
            const auto found = find_one(engine, all, id);
            if (found && seen.insert(*found).second) selection.torrents.push_back(*found);
        }
    }
    return selection;
}

}  // namespace shoal::daemon
