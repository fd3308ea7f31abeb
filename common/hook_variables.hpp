#pragma once

#include <array>
#include <string_view>

/// The environment variables in which a hook is told its facts.
namespace shoal {

/// Each fact's variable begins with this, and no option's variable does (see common/cli/environment.hpp).
inline constexpr std::string_view kHookPrefix = "SHOAL_HOOK_";

/// What version 0.1 called the daemon's facts. They are set for one version more.
inline constexpr std::array<std::string_view, 10> kOldHookVariables{
    "SHOAL_EVENT", "SHOAL_ID",   "SHOAL_HASH",       "SHOAL_NAME",     "SHOAL_DIR",
    "SHOAL_PATH",  "SHOAL_SIZE", "SHOAL_DOWNLOADED", "SHOAL_UPLOADED", "SHOAL_ERROR"};

}  // namespace shoal
