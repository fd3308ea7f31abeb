#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/commands/common_options.hpp"
#include "client/download/linger_rule.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

struct GetOptions {
    CommonOptions common;
    std::vector<std::string> torrents;  ///< each a file, "-", an http(s) URL, a magnet link or an info-hash
    std::filesystem::path target = ".";
    std::filesystem::path reuse;     ///< an older version of the content; empty: none
    std::vector<std::string> files;  ///< globs; empty: all
    std::vector<std::string> trackers;
    SeedingGoals goals;
    std::optional<std::chrono::milliseconds> timeout;
    std::string on_done;  ///< a shell command; empty: none
    bool force = false;
    bool keep_old = false;
    bool sync = false;
};

void setup_get(CLI::App& app);
/// Throws the first Error where not all end well; the others go on meanwhile.
void run_get(const GetOptions& options);

}  // namespace shoal::client
