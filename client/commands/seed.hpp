#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "client/commands/common_options.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

struct SeedOptions {
    CommonOptions common;
    std::string torrent;            ///< a file, "-" or an http(s) URL
    std::filesystem::path content;  ///< the file or folder, or the folder that it is in
    std::optional<std::chrono::milliseconds> seed_for;
};

void setup_seed(CLI::App& app);
/// Throws Error: kMismatch where the content is not the manifest's.
void run_seed(const SeedOptions& options);

}  // namespace shoal::client
