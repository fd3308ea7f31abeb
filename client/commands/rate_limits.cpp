#include "client/commands/rate_limits.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

void add_rate_argument(CLI::App& command, const std::string& name, std::optional<std::uint64_t>& rate,
                       const std::string& help) {
    command
        .add_option_function<std::string>(
            name,
            [&rate, name](const std::string& text) {
                rate = parse_rate(text);
                if (!rate)
                    throw CLI::ValidationError(
                        name, fmt::format("'{}' is not understood, write it like 300MB/s", text));
            },
            help)
        ->type_name("RATE");
}

/// The protocol counts in kB/s: rounded up, so that a small limit does not become a stop.
void put(json& arguments, const std::optional<std::uint64_t>& rate, const char* limit, const char* limited) {
    if (!rate) return;
    arguments[limited] = *rate > 0;
    if (*rate > 0) arguments[limit] = (*rate + 999) / 1000;
}

void require_a_change(const RateLimits& limits) {
    if (!limits.down && !limits.up)
        throw Error(ExitCode::kUsage, "limit", "nothing to change",
                    "pass --down or --up, or both; 'unlimited' lifts a limit");
}

}  // namespace

void add_limit_options(CLI::App& command, RateLimits& limits) {
    add_rate_argument(command, "--down", limits.down,
                      "Receive at most this much; 'unlimited' lifts the limit");
    add_rate_argument(command, "--up", limits.up, "Send at most this much");
}

std::string torrent_limits(const RateLimits& limits) {
    require_a_change(limits);
    json arguments = json::object();
    put(arguments, limits.down, "downloadLimit", "downloadLimited");
    put(arguments, limits.up, "uploadLimit", "uploadLimited");
    return arguments.dump();
}

std::string session_limits(const RateLimits& limits) {
    require_a_change(limits);
    json arguments = json::object();
    put(arguments, limits.down, "speed-limit-down", "speed-limit-down-enabled");
    put(arguments, limits.up, "speed-limit-up", "speed-limit-up-enabled");
    return arguments.dump();
}

}  // namespace shoal::client
