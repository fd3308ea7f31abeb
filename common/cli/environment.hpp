#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

/// The environment variables of options.
namespace shoal {

/// The variable of an option (its long name without dashes) of a program, or of its command:
/// "SHOAL_GET_LIMIT_UP", "SHOAL_TRACKER_INTERVAL", "SHOAL_TORRENTGEN_CREATE_NAME". No two commands share one.
std::string environment_name(std::string_view program, std::string_view command, std::string_view option);

/// What version 0.1 called it, whatever the command: "SHOAL_LIMIT_UP".
std::string old_environment_name(std::string_view option);

/// Lets every option of `app` and its commands be set by its variable. The old name works too, for one
/// version, where the new one is not set. Not inside a hook: there SHOAL_NAME is a fact of version 0.1 about
/// a torrent, and no --name.
void bind_environment(CLI::App& app, std::string_view program);

}  // namespace shoal
