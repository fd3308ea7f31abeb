#pragma once

#include <cstdint>
#include <optional>

#include "client/daemon/session_view.hpp"
#include "client/daemon/torrent_view.hpp"

namespace shoal::daemon {

/// When a seed has done its part. Nothing set: it goes on for ever.
struct SeedGoal {
    std::optional<double> ratio;               ///< uploaded / downloaded
    std::optional<std::int64_t> idle_seconds;  ///< without sending anything
    std::optional<std::int64_t> seed_seconds;  ///< since the content was complete

    [[nodiscard]] bool empty() const { return !ratio && !idle_seconds && !seed_seconds; }
};

struct SeedProgress {
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;  ///< 0 where all content was there from the start: then `size` counts
    std::uint64_t size = 0;
    std::int64_t seconds_seeding = 0;
    std::int64_t seconds_idle = 0;
};

/// The torrent's own goals, and the session's where it has none.
/// @param seed_seconds  of the configuration; 0: none
SeedGoal seed_goal(const TorrentSettings& torrent, const SessionView& session, std::int64_t seed_seconds);

bool goal_met(const SeedGoal& goal, const SeedProgress& progress);

}  // namespace shoal::daemon
