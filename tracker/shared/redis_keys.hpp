#pragma once

#include <string>
#include <string_view>

#include "tracker/model/id.hpp"

/// The names of what the trackers keep in Redis; see RedisStore.
namespace shoal::tracker::shared {

constexpr std::string_view kMeta = "shoal:meta";
constexpr std::string_view kChanges = "shoal:changes";
constexpr std::string_view kTrackers = "shoal:trackers";
constexpr std::string_view kSwarm = "shoal:swarm:";
constexpr std::string_view kPeers = "shoal:peers:";

inline std::string key_of(std::string_view prefix, const InfoHash& info_hash) {
    return std::string(prefix) + info_hash.hex();
}

}  // namespace shoal::tracker::shared
