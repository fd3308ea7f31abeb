#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "client/daemon/rpc/arguments.hpp"
#include "client/daemon/rpc/methods.hpp"
#include "client/daemon/rpc/rpc_call.hpp"
#include "common/error.hpp"
#include "common/version.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

json units() {
    return {{"speed-units", {"kB/s", "MB/s", "GB/s", "TB/s"}}, {"speed-bytes", 1000},
            {"size-units", {"kB", "MB", "GB", "TB"}},          {"size-bytes", 1000},
            {"memory-units", {"KiB", "MiB", "GiB", "TiB"}},    {"memory-bytes", 1024}};
}

json totals_json(const SessionTotals& totals) {
    return {{"uploadedBytes", totals.uploaded},
            {"downloadedBytes", totals.downloaded},
            {"filesAdded", totals.files_added},
            {"sessionCount", totals.sessions},
            {"secondsActive", totals.seconds_active}};
}

json limits_json(const SessionView& session) {
    return {{"alt-speed-down", session.alternative_down / 1000},
            {"alt-speed-enabled", session.alternative},
            {"alt-speed-time-begin", session.alternative_begin},
            {"alt-speed-time-day", session.alternative_days},
            {"alt-speed-time-enabled", session.alternative_scheduled},
            {"alt-speed-time-end", session.alternative_end},
            {"alt-speed-up", session.alternative_up / 1000},
            {"speed-limit-down", session.limit_down / 1000},
            {"speed-limit-down-enabled", session.limited_down},
            {"speed-limit-up", session.limit_up / 1000},
            {"speed-limit-up-enabled", session.limited_up},
            {"seedRatioLimit", session.ratio_limit},
            {"seedRatioLimited", session.ratio_limited},
            {"idle-seeding-limit", session.idle_minutes},
            {"idle-seeding-limit-enabled", session.idle_limited},
            {"peer-limit-global", session.peer_limit},
            {"peer-limit-per-torrent", session.peer_limit_per_torrent}};
}

/// What Transmission has and we do not, at the value that says so: clients ask for it when they connect.
json absent_features() {
    return {{"blocklist-enabled", false},
            {"blocklist-size", 0},
            {"blocklist-url", ""},
            {"cache-size-mb", 0},
            {"default-trackers", ""},
            {"download-queue-enabled", false},
            {"download-queue-size", 0},
            {"incomplete-dir", ""},
            {"incomplete-dir-enabled", false},
            {"peer-port-random-on-start", false},
            {"queue-stalled-enabled", false},
            {"queue-stalled-minutes", 0},
            {"seed-queue-enabled", false},
            {"seed-queue-size", 0},
            {"script-torrent-added-enabled", false},
            {"script-torrent-added-filename", ""},
            {"script-torrent-done-seeding-enabled", false},
            {"script-torrent-done-seeding-filename", ""}};
}

json session_json(const SessionView& session) {
    json all = absent_features();
    all.update(limits_json(session));
    all.update({{"config-dir", session.state_folder},
                {"download-dir", session.download_folder},
                {"dht-enabled", session.dht},
                {"encryption", session.encryption},
                {"lpd-enabled", session.lsd},
                {"peer-port", session.peer_port},
                {"pex-enabled", session.pex},
                {"rename-partial-files", false},
                {"rpc-version", kRpcVersion},
                {"rpc-version-minimum", kRpcVersionMinimum},
                {"rpc-version-semver", "5.3.0"},
                {"script-torrent-done-enabled", !session.done_hook.empty()},
                {"script-torrent-done-filename", session.done_hook},
                {"start-added-torrents", session.start_added},
                {"trash-original-torrent-files", session.trash_originals},
                {"units", units()},
                {"port-forwarding-enabled", session.map_ports},
                {"utp-enabled", session.utp},
                {"version", fmt::format("{} (shoal)", version())}});
    return all;
}

/// Settings that only the configuration may choose: whoever may use the RPC must not be able to run programs
/// or to open the daemon to others. Asking for what is so already is fine: clients send back whole forms.
void refuse_changes_of_config(const json& current, const json& arguments) {
    for (const auto& [name, value] : arguments.items()) {
        const auto found = current.find(name);
        if (found == current.end() || *found == value) continue;
        static constexpr std::string_view kChangeable[] = {
            "alt-speed-down",         "alt-speed-enabled",
            "alt-speed-time-begin",   "alt-speed-time-day",
            "alt-speed-time-enabled", "alt-speed-time-end",
            "alt-speed-up",           "download-dir",
            "idle-seeding-limit",     "idle-seeding-limit-enabled",
            "peer-limit-global",      "peer-limit-per-torrent",
            "seedRatioLimit",         "seedRatioLimited",
            "speed-limit-down",       "speed-limit-down-enabled",
            "speed-limit-up",         "speed-limit-up-enabled",
            "start-added-torrents"};
        if (std::find(std::begin(kChangeable), std::end(kChangeable), name) == std::end(kChangeable)) {
            throw Error(ExitCode::kUsage, name, "cannot be changed by RPC",
                        "set it in the daemon's configuration, if it is there");
        }
    }
}

std::optional<int> small(std::optional<std::int64_t> number) {
    if (!number) return std::nullopt;
    return static_cast<int>(*number);
}

}  // namespace

json session_get(Engine& engine, const json& arguments) {
    json all = session_json(engine.session());
    const auto fields = texts_argument(arguments, "fields");
    if (!fields) return all;
    json some = json::object();
    for (const std::string& name : *fields)
        if (const auto found = all.find(name); found != all.end()) some[name] = *found;
    return some;
}

json session_set(Engine& engine, const json& arguments) {
    refuse_changes_of_config(session_json(engine.session()), arguments);
    constexpr int kMinutesADay = 24 * 60;
    constexpr int kMaxPeers = 65535;
    SessionChange change;
    change.download_folder = text_argument(arguments, "download-dir");
    if (change.download_folder && !std::filesystem::path(*change.download_folder).is_absolute())
        throw Error(ExitCode::kUsage, "download-dir", "must be an absolute path");
    change.limited_down = flag_argument(arguments, "speed-limit-down-enabled");
    change.limited_up = flag_argument(arguments, "speed-limit-up-enabled");
    change.limit_down = rate_argument(arguments, "speed-limit-down");
    change.limit_up = rate_argument(arguments, "speed-limit-up");
    change.alternative = flag_argument(arguments, "alt-speed-enabled");
    change.alternative_scheduled = flag_argument(arguments, "alt-speed-time-enabled");
    change.alternative_down = rate_argument(arguments, "alt-speed-down");
    change.alternative_up = rate_argument(arguments, "alt-speed-up");
    change.alternative_begin = small(number_argument(arguments, "alt-speed-time-begin", 0, kMinutesADay - 1));
    change.alternative_end = small(number_argument(arguments, "alt-speed-time-end", 0, kMinutesADay - 1));
    change.alternative_days = small(number_argument(arguments, "alt-speed-time-day", 0, 127));
    change.ratio_limited = flag_argument(arguments, "seedRatioLimited");
    change.ratio_limit = real_argument(arguments, "seedRatioLimit");
    if (change.ratio_limit && *change.ratio_limit < 0)
        throw Error(ExitCode::kUsage, "seedRatioLimit", "must not be negative");
    change.idle_limited = flag_argument(arguments, "idle-seeding-limit-enabled");
    change.idle_minutes = small(number_argument(arguments, "idle-seeding-limit", 0, kMinutesADay * 366));
    change.start_added = flag_argument(arguments, "start-added-torrents");
    change.peer_limit = small(number_argument(arguments, "peer-limit-global", 1, kMaxPeers));
    change.peer_limit_per_torrent = small(number_argument(arguments, "peer-limit-per-torrent", 1, kMaxPeers));
    engine.change_session(change);
    return {};
}

json session_stats(Engine& engine, const json&) {
    const SessionStats stats = engine.stats();
    return {{"activeTorrentCount", stats.active},
            {"downloadSpeed", stats.rate_down},
            {"pausedTorrentCount", stats.paused},
            {"torrentCount", stats.torrents},
            {"uploadSpeed", stats.rate_up},
            {"cumulative-stats", totals_json(stats.cumulative)},
            {"current-stats", totals_json(stats.current)}};
}

json session_close(Engine& engine, const json&) {
    engine.close();
    return {};
}

json free_space(Engine&, const json& arguments) {
    const auto path = text_argument(arguments, "path");
    if (!path || !std::filesystem::path(*path).is_absolute())
        throw Error(ExitCode::kUsage, "path", "must be an absolute path");
    std::error_code error;
    const auto space = std::filesystem::space(*path, error);
    if (error) throw file_error(*path, error.value());
    return {{"path", *path}, {"size-bytes", space.available}, {"total_size", space.capacity}};
}

}  // namespace shoal::daemon
