#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace shoal {

/// What the commands that make a torrent of s3://BUCKET/KEY take beside the variables of AWS's own tools.
struct S3Options {
    std::string endpoint;
    std::string region;
    std::optional<std::chrono::milliseconds> presign;
};

void add_s3_options(CLI::App& command, S3Options& options);

}  // namespace shoal
