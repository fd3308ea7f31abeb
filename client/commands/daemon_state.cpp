#include "client/commands/daemon_state.hpp"

#include <nlohmann/json.hpp>

namespace shoal::client {

using nlohmann::json;

json daemon_state(remote::RpcClient& client) {
    const json session =
        json::parse(client.call("session-get", R"({"fields":["version","download-dir","config-dir"]})"));
    const json stats = json::parse(client.call("session-stats", "{}"));
    const json space =
        json::parse(client.call("free-space", json{{"path", session.at("download-dir")}}.dump()));
    const json& total = stats.at("cumulative-stats");
    return {{"version", session.at("version")},
            {"download_folder", session.at("download-dir")},
            {"state_folder", session.at("config-dir")},
            {"free_bytes", space.at("size-bytes")},
            {"torrents", stats.at("torrentCount")},
            {"paused", stats.at("pausedTorrentCount")},
            {"active", stats.at("activeTorrentCount")},
            {"rate_down", stats.at("downloadSpeed")},
            {"rate_up", stats.at("uploadSpeed")},
            {"downloaded", total.at("downloadedBytes")},
            {"uploaded", total.at("uploadedBytes")},
            {"seconds_up", stats.at("current-stats").at("secondsActive")}};
}

}  // namespace shoal::client
