#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

/// What --help knows, as plain data: man pages and completions are made of it, so they never say anything
/// else.
namespace shoal {

/// The type_name of an argument that is a torrent of the daemon, not a file. Completions ask for those with
/// `shoal list --for-completion`: a line each, its number, a tab, its name.
inline constexpr const char* kDaemonsTorrent = "TORRENT-OF-DAEMON";

struct OptionDoc {
    std::vector<std::string> names;  ///< "-o", "--output"; of a positional only "TORRENT"
    std::string value;               ///< "DIR", "HOST:PORT"; empty for a flag
    std::vector<std::string> choices;
    std::string help;
    std::string group;  ///< "Network"; empty for the first group
    std::string default_value;
    std::string environment;
    bool required = false;
    bool repeatable = false;

    enum class Kind { kFlag, kFile, kFolder, kChoice, kTorrent, kOther };
    /// What its value is, as far as a shell can guess it.
    [[nodiscard]] Kind kind() const;
};

struct CommandDoc {
    std::string program;
    std::string name;  ///< "get"; empty for the program itself
    std::vector<std::string> aliases;
    std::string description;
    std::string footer;  ///< below --help: examples
    /// What several commands are for together: they share a line of the program's --help. Empty: a line of
    /// its own.
    std::string group;
    std::vector<OptionDoc> positionals;
    std::vector<OptionDoc> options;
    std::vector<CommandDoc> commands;

    /// "shoal get"
    [[nodiscard]] std::string full_name() const;
};

/// The program, with its commands.
CommandDoc describe(const CLI::App& app);
/// One app of the program of this name.
CommandDoc describe(const CLI::App& app, const std::string& program);

/// man(7) of the program or of one of its commands.
std::string man_page(const CommandDoc& command, const std::vector<CommandDoc>& commands_of_program);

std::string bash_completion(const CommandDoc& program);
std::string zsh_completion(const CommandDoc& program);
std::string fish_completion(const CommandDoc& program);

/// What the hidden option --generate prints: "commands" (their names, a line each), "man", "man-COMMAND",
/// "bash", "zsh" or "fish". Throws Error (kUsage) for anything else.
std::string generate_document(const CommandDoc& program, const std::string& what);

}  // namespace shoal
