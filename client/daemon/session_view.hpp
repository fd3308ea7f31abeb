#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace shoal::daemon {

/// The daemon's own settings. What is marked "config" is chosen where the daemon is configured and cannot be
/// changed by RPC. Rates are bytes a second.
struct SessionView {
    std::string download_folder;
    std::string state_folder;  ///< config
    bool limited_down = false;
    bool limited_up = false;
    std::uint64_t limit_down = 0;  ///< kept while it is switched off
    std::uint64_t limit_up = 0;
    bool alternative = false;  ///< the alternative limits apply now instead
    std::uint64_t alternative_down = 50'000;
    std::uint64_t alternative_up = 50'000;
    bool alternative_scheduled = false;
    int alternative_begin = 9 * 60;  ///< minutes after midnight, local time
    int alternative_end = 17 * 60;
    int alternative_days = 127;  ///< bit 0 is Sunday, bit 6 Saturday
    bool ratio_limited = false;
    double ratio_limit = 2;
    bool idle_limited = false;
    int idle_minutes = 30;
    bool start_added = true;
    bool trash_originals = false;  ///< config: what the watch folder does with a torrent it has taken
    int peer_limit = 200;
    int peer_limit_per_torrent = 50;
    std::uint16_t peer_port = 0;           ///< config
    bool dht = true;                       ///< config
    bool lsd = true;                       ///< config
    bool pex = true;                       ///< config
    bool utp = false;                      ///< config
    bool map_ports = false;                ///< config: UPnP and NAT-PMP
    std::string encryption = "preferred";  ///< config
    std::string done_hook;                 ///< config
};

/// What `session-set` changes: only what is set.
struct SessionChange {
    std::optional<std::string> download_folder;
    std::optional<bool> limited_down, limited_up;
    std::optional<std::uint64_t> limit_down, limit_up;
    std::optional<bool> alternative, alternative_scheduled;
    std::optional<std::uint64_t> alternative_down, alternative_up;
    std::optional<int> alternative_begin, alternative_end, alternative_days;
    std::optional<bool> ratio_limited, idle_limited;
    std::optional<double> ratio_limit;
    std::optional<int> idle_minutes;
    std::optional<bool> start_added;
    std::optional<int> peer_limit, peer_limit_per_torrent;
};

struct SessionTotals {
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t files_added = 0;
    std::uint64_t sessions = 0;
    std::uint64_t seconds_active = 0;
};

struct SessionStats {
    int torrents = 0;
    int paused = 0;
    int active = 0;
    std::uint64_t rate_down = 0;
    std::uint64_t rate_up = 0;
    SessionTotals current;
    SessionTotals cumulative;  ///< over all runs of this state folder
};

}  // namespace shoal::daemon
