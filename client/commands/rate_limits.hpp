#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace shoal::client {

/// New limits, bytes a second; 0 lifts one, nothing leaves it as it is.
struct RateLimits {
    std::optional<std::uint64_t> down;
    std::optional<std::uint64_t> up;
};

/// --down and --up
void add_limit_options(CLI::App& command, RateLimits& limits);

/// The arguments of torrent-set, and of session-set for the whole daemon, JSON objects. Throw Error (kUsage)
/// where there is nothing to change.
std::string torrent_limits(const RateLimits& limits);
std::string session_limits(const RateLimits& limits);

}  // namespace shoal::client
