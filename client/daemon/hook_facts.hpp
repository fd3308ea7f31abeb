#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shoal::daemon {

/// What a hook is told, of the daemon and of `get --on-done` alike. Sizes are bytes.
struct HookFacts {
    std::string event;  ///< "done" or "error"
    std::string name;
    std::string hash;    ///< as `list --json` shows it
    std::string folder;  ///< that holds the content
    std::string path;    ///< the file or folder with the content
    std::uint64_t size = 0;
    std::uint64_t downloaded = 0;
    std::optional<std::uint64_t> uploaded;
    std::optional<std::int64_t> id;       ///< the daemon's number
    std::optional<std::int64_t> seconds;  ///< that the download took
    std::string error;                    ///< why it stopped
};

using HookVariables = std::map<std::string, std::string>;

/// "SHOAL_HOOK_NAME" and so on; what is not known is not there.
HookVariables hook_variables(const HookFacts& facts);

/// The same facts under the names that version 0.1 of the daemon had for them.
HookVariables old_hook_variables(const HookFacts& facts);

/// Our environment with these variables, each once. The facts of a hook that started us are not passed on.
std::vector<std::string> environment_with(const HookVariables& variables);

}  // namespace shoal::daemon
