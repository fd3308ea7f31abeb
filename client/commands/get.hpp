#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/commands/common_options.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

struct GetOptions {
    CommonOptions common;
    std::string torrent;  ///< a file, "-", an http(s) URL, a magnet link or an info-hash
    std::filesystem::path target = ".";
    std::vector<std::string> trackers;
    std::optional<std::chrono::milliseconds> seed_for;
    std::optional<std::chrono::milliseconds> timeout;
    bool force = false;
};

void setup_get(CLI::App& app);
/// Throws Error where it does not end well.
void run_get(const GetOptions& options);

}  // namespace shoal::client
