#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace shoal {

/// What every program's `main` is: parse, run, and turn whatever happened into the contract's exit code.
///
/// Adds `--version`, `--help`, `--help-all` and `help [COMMAND]`, `--config FILE` (TOML) and, for every
/// option, its environment variable. Command line wins over environment, environment over config file. An
/// error about a value from the file begins with `file:line`.
/// @param setup  adds options and subcommands to the app; each command stores what to run in its callback
/// @return the exit code; an error is printed on standard error as `program: what: why: what to do`
int run_cli(int argc, char** argv, std::string_view program, std::string_view description,
            const std::function<void(CLI::App&)>& setup);

/// Reads a command line again, with the environment and the config file as they are now, into options that
/// `setup` adds; nothing runs unless `setup` says so. For programs that reload. Throws Error (kUsage).
/// @param arguments  of the program, without its name
void parse_cli_again(std::vector<std::string> arguments, std::string_view program,
                     const std::function<void(CLI::App&)>& setup);

}  // namespace shoal
