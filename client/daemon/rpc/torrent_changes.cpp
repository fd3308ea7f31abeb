#include "client/daemon/rpc/torrent_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/daemon/rpc/arguments.hpp"
#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;
using Tiers = std::vector<std::vector<std::string>>;

constexpr int kMaxPeers = 65535;
constexpr int kMaxMinutes = 60 * 24 * 366;
constexpr double kMaxRatio = 1e6;

/// Sets `value` for the files that the argument names.
template <typename Value>
void choose_files(std::vector<std::pair<std::uint32_t, Value>>& chosen, const json& arguments,
                  const char* name, Value value, std::uint32_t file_count) {
    const auto indices = numbers_argument(arguments, name);
    if (!indices) return;
    if (indices->empty())
        for (std::uint32_t i = 0; i < file_count; ++i) chosen.emplace_back(i, value);
    for (const std::int64_t index : *indices) {
        if (index < 0 || index >= static_cast<std::int64_t>(file_count)) {
            throw Error(ExitCode::kUsage, name,
                        fmt::format("there is no file {}: the torrent has {}", index, file_count));
        }
        chosen.emplace_back(static_cast<std::uint32_t>(index), value);
    }
}

bool is_tracker_url(const std::string& url) {
    const bool scheme =
        url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0 || url.rfind("udp://", 0) == 0;
    return scheme && url.find_first_of(" \t\r\n") == std::string::npos;
}

std::string checked_url(const std::string& url) {
    if (!is_tracker_url(url))
        throw Error(ExitCode::kUsage, url, "not a tracker",
                    "write it like http://host:6969/announce or udp://host:6969");
    return url;
}

Tiers tiers_of(const std::vector<TrackerView>& trackers) {
    Tiers tiers;
    for (std::size_t i = 0; i < trackers.size(); ++i) {
        if (i == 0 || trackers[i].tier != trackers[i - 1].tier) tiers.emplace_back();
        tiers.back().push_back(trackers[i].announce);
    }
    return tiers;
}

Tiers tiers_from_text(const std::string& text) {
    Tiers tiers(1);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty()) {
            if (!tiers.back().empty()) tiers.emplace_back();
        } else {
            tiers.back().push_back(checked_url(line));
        }
    }
    return tiers;
}

/// trackerReplace is a flat list of an id and a URL by turns.
void replace_trackers(std::vector<TrackerView>& trackers, const json& pairs) {
    if (!pairs.is_array() || pairs.size() % 2 != 0)
        throw Error(ExitCode::kUsage, "trackerReplace", "must be a list of ids and URLs by turns");
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        const bool typed = pairs[i].is_number_unsigned() && pairs[i + 1].is_string();
        if (!typed || pairs[i].get<std::size_t>() >= trackers.size())
            throw Error(ExitCode::kUsage, "trackerReplace", "there is no tracker of that id");
        trackers[pairs[i].get<std::size_t>()].announce = checked_url(pairs[i + 1].get<std::string>());
    }
}

/// Ids are positions in the list, so whatever is removed or replaced is meant before anything is added.
std::optional<Tiers> changed_trackers(const Engine& engine, TorrentNumber torrent, const json& arguments) {
    if (const auto text = text_argument(arguments, "trackerList")) return tiers_from_text(*text);
    const auto added = texts_argument(arguments, "trackerAdd");
    const auto removed = numbers_argument(arguments, "trackerRemove");
    const auto replaced = arguments.find("trackerReplace");
    if (!added && !removed && replaced == arguments.end()) return std::nullopt;
    std::vector<TrackerView> trackers = engine.trackers(torrent);
    if (replaced != arguments.end()) replace_trackers(trackers, *replaced);
    if (removed) {
        for (const std::int64_t id : *removed) {
            if (id < 0 || id >= static_cast<std::int64_t>(trackers.size()))
                throw Error(ExitCode::kUsage, "trackerRemove", fmt::format("there is no tracker {}", id));
            trackers[static_cast<std::size_t>(id)].announce.clear();
        }
    }
    trackers.erase(std::remove_if(trackers.begin(), trackers.end(),
                                  [](const TrackerView& tracker) { return tracker.announce.empty(); }),
                   trackers.end());
    Tiers tiers = tiers_of(trackers);
    if (added)
        for (const std::string& url : *added) tiers.push_back({checked_url(url)});
    return tiers;
}

std::optional<GoalSource> goal_source(const json& arguments, const char* name) {
    const auto number = number_argument(arguments, name, 0, 2);
    if (!number) return std::nullopt;
    return static_cast<GoalSource>(*number);
}

std::optional<int> small(std::optional<std::int64_t> number) {
    if (!number) return std::nullopt;
    return static_cast<int>(*number);
}

}  // namespace

TorrentChange file_change(std::uint32_t files, const json& arguments) {
    TorrentChange change;
    choose_files(change.wanted, arguments, "files-unwanted", false, files);
    choose_files(change.wanted, arguments, "files-wanted", true, files);
    choose_files(change.priorities, arguments, "priority-low", FilePriority::kLow, files);
    choose_files(change.priorities, arguments, "priority-normal", FilePriority::kNormal, files);
    choose_files(change.priorities, arguments, "priority-high", FilePriority::kHigh, files);
    return change;
}

TorrentChange torrent_change(const Engine& engine, TorrentNumber torrent, const json& arguments) {
    TorrentChange change = file_change(engine.view(torrent).files, arguments);
    change.limited_down = flag_argument(arguments, "downloadLimited");
    change.limited_up = flag_argument(arguments, "uploadLimited");
    change.limit_down = rate_argument(arguments, "downloadLimit");
    change.limit_up = rate_argument(arguments, "uploadLimit");
    change.honors_session_limits = flag_argument(arguments, "honorsSessionLimits");
    change.peer_limit = small(number_argument(arguments, "peer-limit", 0, kMaxPeers));
    change.ratio_source = goal_source(arguments, "seedRatioMode");
    change.idle_source = goal_source(arguments, "seedIdleMode");
    change.ratio_limit = real_argument(arguments, "seedRatioLimit");
    if (change.ratio_limit && (*change.ratio_limit < 0 || *change.ratio_limit > kMaxRatio))
        throw Error(ExitCode::kUsage, "seedRatioLimit", "must be from 0 to 1000000");
    change.idle_minutes = small(number_argument(arguments, "seedIdleLimit", 0, kMaxMinutes));
    change.labels = texts_argument(arguments, "labels");
    if (change.labels) {
        for (const std::string& label : *change.labels) {
            if (label.empty() || label.find(',') != std::string::npos)
                throw Error(ExitCode::kUsage, "labels", "must not be empty or hold a comma");
        }
    }
    change.trackers = changed_trackers(engine, torrent, arguments);
    if (number_argument(arguments, "bandwidthPriority", -1, 1).value_or(0) != 0)
        throw Error(ExitCode::kUsage, "bandwidthPriority", "not supported", "set limits instead");
    return change;
}

}  // namespace shoal::daemon
