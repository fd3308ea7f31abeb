#pragma once

#include <string>
#include <vector>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {

/// What is legal but will surprise somebody, a sentence each: content that some clients or systems cannot
/// take, and swarms that nobody finds.
std::vector<std::string> lint(const Manifest& manifest);

}  // namespace shoal::manifest
