#pragma once

#include <string>
#include <vector>

#include "common/cli/command_doc.hpp"

/// --help that fits a screen, --help-all that explains everything, and what to say to a slip of the finger.
namespace shoal {

/// Columns and lines of the terminal that --help is written for.
inline constexpr std::size_t kHelpColumns = 80;
inline constexpr std::size_t kHelpLines = 24;

/// Lets `app` print the pages below for --help and --help-all. Before its options and commands are added.
void use_help_pages(CLI::App& app);

/// Names the options, as "--output", that --help of `command` explains, beside its arguments; it only lists
/// the others. Without this it explains all of them.
void show_in_help(CLI::App& command, std::vector<std::string> options);

/// The page of --help. @param shown  as show_in_help takes them; empty: all
std::string short_help(const CommandDoc& command, const std::vector<std::string>& shown);

/// The page of --help-all.
std::string full_help(const CommandDoc& command);

/// What is wrong with a word that neither `app` nor the command that was chosen knows, as
/// "why: what to do"; empty where every word was understood. After `app` was parsed.
std::string unknown_word(const CLI::App& app);

/// `help` and `help COMMAND` become --help: the words of a command line without the program's name.
std::vector<std::string> without_help_command(std::vector<std::string> words);

}  // namespace shoal
