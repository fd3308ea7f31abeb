#pragma once

#include <string>
#include <string_view>

#include "channel/release.hpp"

namespace shoal::channel {

/// Fills in what a release says of its manifest: info-hashes and size. Throws Error (kBadTorrent) for what is
/// no manifest.
void describe(std::string_view manifest, Release& release);

/// Why a manifest is not the release's; empty where it is. Whoever has a release from a stranger asks this
/// before downloading anything.
std::string manifest_problem(const Release& release, std::string_view manifest);

}  // namespace shoal::channel
