#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "client/commands/common_options.hpp"
#include "client/commands/report.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

/// What `seed` and `share` have in common: content that is known to be complete.
struct SeedingOptions {
    std::string manifest;                               ///< bytes of the .torrent
    std::filesystem::path content;                      ///< the file or folder itself, whatever its name
    std::optional<std::chrono::milliseconds> seed_for;  ///< none: until stopped
};

ContentFacts facts_of(const std::string& manifest_bytes, const std::string& source_name);

/// Seeds until stopped or until the time is over. Throws Error.
void seed_until_stopped(const CommonOptions& common, const SeedingOptions& options, const ContentFacts& facts,
                        Report& report, const StopSignal& stop);

}  // namespace shoal::client
