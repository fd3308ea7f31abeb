#pragma once

#include <functional>
#include <string_view>

namespace CLI {
class App;
}

namespace shoal {

/// What every program's `main` is: parse, run, and turn whatever happened into the contract's exit code.
///
/// Adds `--version`, `--config FILE` (TOML) and, for every option, the environment variable
/// SHOAL_OPTION_NAME. Command line wins over environment, environment over config file.
/// @param setup  adds options and subcommands to the app; each command stores what to run in its callback
/// @return the exit code; an error is printed on standard error as `program: what: why: what to do`
int run_cli(int argc, char** argv, std::string_view program, std::string_view description,
            const std::function<void(CLI::App&)>& setup);

}  // namespace shoal
