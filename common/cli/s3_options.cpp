#include "common/cli/s3_options.hpp"

#include <CLI/CLI.hpp>

#include "common/cli/options.hpp"

namespace shoal {

void add_s3_options(CLI::App& command, S3Options& options) {
    const char* const group = "Object store";
    command
        .add_option("--s3-endpoint", options.endpoint,
                    "Of s3://BUCKET/KEY; without it AWS_ENDPOINT_URL of the environment, or Amazon's")
        ->type_name("URL")
        ->group(group);
    command
        .add_option("--s3-region", options.region, "Without it AWS_REGION of the environment, or us-east-1")
        ->type_name("NAME")
        ->group(group);
    add_duration(
        command, "--presign", options.presign,
        "Let whoever has the torrent read the object of s3:// for so long, 7d at most: its web seed is "
        "a signed URL")
        ->group(group);
}

}  // namespace shoal
