#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/commands/common_options.hpp"
#include "common/cli/s3_options.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

struct ShareOptions {
    CommonOptions common;
    std::filesystem::path content;  ///< or a URL: http(s)://... or s3://BUCKET/KEY
    S3Options s3;
    std::vector<std::string> trackers;
    std::vector<std::string> web_seeds;
    std::optional<std::filesystem::path> torrent;  ///< where to write it; none: NAME.torrent here
    std::optional<std::uint64_t> piece_size;       ///< bytes
    std::optional<std::chrono::milliseconds> seed_for;
    bool force = false;
};

void setup_share(CLI::App& app);
void run_share(const ShareOptions& options);

}  // namespace shoal::client
