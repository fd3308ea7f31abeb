#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// Sets the options of a program and its commands from a TOML file: those of a command stand in a table of
/// its name. What the command line or the environment says already stays. The values of commands that do not
/// run are checked as well.
///
/// CLI11's own reader takes TOML for INI: it splits texts at commas, cuts them at '#', and knows no lines.
class ConfigFile final : public CLI::ConfigTOML {
  public:
    enum class Tables {
        kKnown,  ///< a table that is no command of `app` is a mistake
        kAny     ///< such tables are skipped: `app` has only some of the program's commands
    };

    /// `app` must already have its config option when a file is read.
    ConfigFile(CLI::App& app, Tables tables) : app_(app), tables_(tables) {}

    /// Leaves nothing for CLI11 to do. Throws Error (kUsage) with file and line for what is no TOML, a key
    /// that is no option, and a value that the option does not take.
    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

    /// "FILE:LINE" of the option that a message begins with ("--interval: ..."), where the file set it for
    /// the program or the command that runs; else empty.
    [[nodiscard]] std::string place_of(std::string_view message) const;

  private:
    CLI::App& app_;
    Tables tables_;
    mutable std::map<std::string, std::string, std::less<>> places_;  ///< "--interval" -> "FILE:LINE"
};

}  // namespace shoal
