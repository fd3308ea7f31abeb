#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

/// What --help knows, as plain data: man pages and completions are made of it, so they never say anything
/// else.
namespace shoal {

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

    enum class Kind { kFlag, kFile, kFolder, kChoice, kOther };
    /// What its value is, as far as a shell can guess it.
    [[nodiscard]] Kind kind() const;
};

struct CommandDoc {
    std::string program;
    std::string name;  ///< "get"; empty for the program itself
    std::string description;
    std::string footer;  ///< below --help: examples
    std::vector<OptionDoc> positionals;
    std::vector<OptionDoc> options;
    std::vector<CommandDoc> commands;

    /// "shoal get"
    [[nodiscard]] std::string full_name() const;
};

CommandDoc describe(const CLI::App& app);

/// man(7) of the program or of one of its commands.
std::string man_page(const CommandDoc& command, const std::vector<CommandDoc>& commands_of_program);

std::string bash_completion(const CommandDoc& program);
std::string zsh_completion(const CommandDoc& program);
std::string fish_completion(const CommandDoc& program);

/// What the hidden option --generate prints: "commands" (their names, a line each), "man", "man-COMMAND",
/// "bash", "zsh" or "fish". Throws Error (kUsage) for anything else.
std::string generate_document(const CommandDoc& program, const std::string& what);

}  // namespace shoal
