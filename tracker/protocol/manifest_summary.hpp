#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracker/model/id.hpp"

namespace shoal::tracker {

/// What the tracker wants to know of a manifest (BEP 3, BEP 52).
struct ManifestSummary {
    std::vector<InfoHash> info_hashes;  ///< one; of a hybrid two, the second one truncated
    std::string name;
    std::uint64_t size = 0;  ///< bytes of all files, without padding files (BEP 47)
};

/// Nothing where it is no valid manifest.
std::optional<ManifestSummary> summarize_manifest(std::string_view bytes);

}  // namespace shoal::tracker
