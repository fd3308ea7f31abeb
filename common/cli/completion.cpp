#include <fmt/format.h>

#include <algorithm>

#include "common/cli/command_doc.hpp"

namespace shoal {
namespace {

using Kind = OptionDoc::Kind;

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

/// Inside single quotes of a POSIX shell.
std::string quoted(const std::string& text) {
    return replace_all(text, "'", "'\\''");
}

/// shoal-tracker -> _shoal_tracker
std::string function_name(const std::string& program) {
    return "_" + replace_all(program, "-", "_");
}

/// Completions show one line each.
std::string brief(const std::string& help) {
    const auto end = help.find_first_of(";\n");
    return help.substr(0, end);
}

std::vector<std::string> option_names(const CommandDoc& command) {
    std::vector<std::string> names;
    for (const OptionDoc& option : command.options)
        names.insert(names.end(), option.names.begin(), option.names.end());
    return names;
}

bool takes_files(const CommandDoc& command) {
    return std::any_of(command.positionals.begin(), command.positionals.end(),
                       [](const OptionDoc& one) { return one.kind() == Kind::kFile; });
}

bool takes_torrents(const CommandDoc& command) {
    return std::any_of(command.positionals.begin(), command.positionals.end(),
                       [](const OptionDoc& one) { return one.kind() == Kind::kTorrent; });
}

/// The words that an argument can be, where it is a choice.
std::vector<std::string> choices_of_arguments(const CommandDoc& command) {
    std::vector<std::string> words;
    for (const OptionDoc& one : command.positionals)
        words.insert(words.end(), one.choices.begin(), one.choices.end());
    return words;
}

std::vector<const CommandDoc*> all_commands(const CommandDoc& program) {
    std::vector<const CommandDoc*> all{&program};
    for (const CommandDoc& command : program.commands) all.push_back(&command);
    return all;
}

/// "list", "ls"
std::vector<std::string> names_of(const CommandDoc& command) {
    std::vector<std::string> names{command.name};
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
    return names;
}

/// Those of the program, and `help`, which run_cli knows; of a command the words that its arguments can be.
std::string command_names(const CommandDoc& program) {
    std::vector<std::string> names;
    for (const CommandDoc& command : program.commands) {
        const std::vector<std::string> more = names_of(command);
        names.insert(names.end(), more.begin(), more.end());
    }
    if (!names.empty()) names.emplace_back("help");
    const std::vector<std::string> choices = choices_of_arguments(program);
    names.insert(names.end(), choices.begin(), choices.end());
    return fmt::format("{}", fmt::join(names, " "));
}

/// The arms of `case $word`: which command a word chooses.
std::string bash_commands(const CommandDoc& program) {
    std::string arms;
    for (const CommandDoc& command : program.commands)
        arms += fmt::format("            {}) command={}; break ;;\n", fmt::join(names_of(command), "|"),
                            command.name);
    return arms;
}

/// The arms of `case $command:$previous`: what may follow an option that takes a value.
std::string bash_values(const CommandDoc& command) {
    std::string arms;
    for (const OptionDoc& option : command.options) {
        std::vector<std::string> patterns;
        for (const std::string& name : option.names)
            patterns.push_back(fmt::format("'{}:{}'", command.name, name));
        const std::string pattern = fmt::format("{}", fmt::join(patterns, "|"));
        switch (option.kind()) {
            case Kind::kFlag:
                break;
            case Kind::kFile:
                arms += fmt::format("        {}) return ;;\n", pattern);
                break;
            case Kind::kFolder:
                arms += fmt::format(
                    "        {}) _shoal_reply -d; compopt -o filenames 2>/dev/null; return ;;\n", pattern);
                break;
            case Kind::kChoice:
                arms += fmt::format("        {}) _shoal_reply -W '{}'; return ;;\n", pattern,
                                    fmt::join(option.choices, " "));
                break;
            case Kind::kTorrent:
            case Kind::kOther:
                arms += fmt::format("        {}) compopt +o default 2>/dev/null; return ;;\n", pattern);
                break;
        }
    }
    return arms;
}

constexpr const char* kBash = R"(# bash completion for {0}, made from its --help
_shoal_reply() {{
    local line
    COMPREPLY=()
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}

{1}() {{
    local command='' word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        case $word in
{2}        esac
    done
    case $command:${{COMP_WORDS[COMP_CWORD-1]}} in
{3}    esac
    local options='' words='' files='' torrents=''
    case $command in
{4}    esac
    if [[ -n $torrents && ${{COMP_WORDS[COMP_CWORD]}} != -* ]]; then
        # compgen expands its words: names that a shell could take for more than a word have their numbers.
        words=$({0} list --for-completion 2>/dev/null | tr '\t' '\n' | grep -xE '[[:alnum:]._+-]+')
    fi
    if [[ ${{COMP_WORDS[COMP_CWORD]}} == -* ]]; then
        _shoal_reply -W "$options"
    elif [[ -n $words ]]; then
        _shoal_reply -W "$words"
    elif [[ -z $files ]]; then
        compopt +o default 2>/dev/null
    fi
}}
complete -o default -F {1} {0}
)";

std::string zsh_text(const std::string& text) {
    return replace_all(replace_all(replace_all(quoted(brief(text)), "[", "\\["), "]", "\\]"), ":", "\\:");
}

/// "3:model.bin" a torrent.
constexpr const char* kZshTorrents = R"ZSH(_shoal_torrents() {
    local -a torrents
    torrents=(${(f)"$(shoal list --for-completion 2>/dev/null | tr '\t' ':')"})
    _describe torrent torrents
}
)ZSH";

bool takes_torrents_at_all(const CommandDoc& program) {
    return std::any_of(program.commands.begin(), program.commands.end(), takes_torrents);
}

std::string zsh_action(const OptionDoc& option) {
    switch (option.kind()) {
        case Kind::kFile:
            return "_files";
        case Kind::kTorrent:
            return "{_shoal_torrents}";
        case Kind::kFolder:
            return "_files -/";
        case Kind::kChoice:
            return fmt::format("({})", fmt::join(option.choices, " "));
        case Kind::kFlag:
        case Kind::kOther:
            break;
    }
    return " ";
}

std::string zsh_options(const CommandDoc& command, const std::string& indent) {
    std::string lines;
    for (const OptionDoc& option : command.options) {
        const std::string value =
            option.value.empty()
                ? ""
                : fmt::format(":{}:{}", replace_all(quoted(option.value), ":", "\\:"), zsh_action(option));
        const std::string others =
            option.repeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
        for (const std::string& name : option.names)
            lines += fmt::format("{}'{}{}[{}]{}' \\\n", indent, others, name, zsh_text(option.help), value);
    }
    return lines;
}

std::string zsh_positionals(const CommandDoc& command, const std::string& indent) {
    std::string lines;
    for (const OptionDoc& positional : command.positionals) {
        lines += fmt::format("{}'{}:{}:{}' \\\n", indent, positional.repeatable ? "*" : "",
                             quoted(positional.names.front()), zsh_action(positional));
    }
    return lines;
}

std::string fish_text(const std::string& text) {
    return replace_all(replace_all(brief(text), "\\", "\\\\"), "'", "\\'");
}

std::string fish_option(const OptionDoc& option) {
    std::string line;
    for (const std::string& name : option.names)
        line += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    switch (option.kind()) {
        case Kind::kFlag:
            break;
        case Kind::kFile:
            line += " -r -F";
            break;
        case Kind::kFolder:
            line += " -x -a '(__fish_complete_directories)'";
            break;
        case Kind::kChoice:
            line += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
            break;
        case Kind::kTorrent:
        case Kind::kOther:
            line += " -x";
            break;
    }
    return line + fmt::format(" -d '{}'", fish_text(option.help));
}

}  // namespace

std::string bash_completion(const CommandDoc& program) {
    std::string values;
    std::string words;
    for (const CommandDoc* command : all_commands(program)) {
        values += bash_values(*command);
        words += fmt::format("        '{}') options='{}' words='{}' files={} torrents={} ;;\n", command->name,
                             fmt::join(option_names(*command), " "), command_names(*command),
                             takes_files(*command) ? "yes" : "''", takes_torrents(*command) ? "yes" : "''");
    }
    return fmt::format(kBash, program.program, function_name(program.program), bash_commands(program), values,
                       words);
}

std::string zsh_completion(const CommandDoc& program) {
    const std::string function = function_name(program.program);
    std::string text = fmt::format("#compdef {0}\n# zsh completion for {0}, made from its --help\n{1}() {{\n",
                                   program.program, function);
    if (program.commands.empty()) {
        text += "    _arguments \\\n" + zsh_options(program, "        ") +
                zsh_positionals(program, "        ") + "        && return\n";
    } else {
        text +=
            "    local curcontext=\"$curcontext\" state line\n    typeset -A opt_args\n    _arguments -C "
            "\\\n" +
            zsh_options(program, "        ") +
            "        '1:command:->command' \\\n        '*::argument:->argument' && return\n"
            "    case $state in\n        command)\n            local -a commands\n            commands=(\n";
        for (const CommandDoc& command : program.commands)
            for (const std::string& name : names_of(command))
                text += fmt::format("                '{}:{}'\n", name, zsh_text(command.description));
        text +=
            "            )\n            _describe command commands ;;\n        argument)\n"
            "            case $line[1] in\n";
        for (const CommandDoc& command : program.commands) {
            const std::string indent(20, ' ');
            text +=
                fmt::format("                {})\n{}_arguments \\\n{}{}{}&& return ;;\n",
                            fmt::join(names_of(command), "|"), indent, zsh_options(command, indent + "    "),
                            zsh_positionals(command, indent + "    "), indent + "    ");
        }
        text += "            esac ;;\n    esac\n";
    }
    return text +
           fmt::format("}}\n{}{} \"$@\"\n", takes_torrents_at_all(program) ? kZshTorrents : "", function);
}

std::string fish_completion(const CommandDoc& program) {
    std::string text = fmt::format("# fish completion for {}, made from its --help\n", program.program);
    const std::string head = "complete -c " + program.program;
    const bool has_commands = !program.commands.empty();
    if (has_commands) text += head + " -n __fish_use_subcommand -f\n";
    for (const OptionDoc& option : program.options)
        text += head + (has_commands ? " -n __fish_use_subcommand" : "") + fish_option(option) + "\n";
    for (const CommandDoc& command : program.commands) {
        for (const std::string& name : names_of(command))
            text += fmt::format("{} -n __fish_use_subcommand -a {} -d '{}'\n", head, name,
                                fish_text(command.description));
        const std::string when =
            fmt::format("{} -n '__fish_seen_subcommand_from {}'", head, fmt::join(names_of(command), " "));
        if (!takes_files(command)) text += when + " -f\n";
        if (const auto choices = choices_of_arguments(command); !choices.empty())
            text += when + fmt::format(" -a '{}'\n", fmt::join(choices, " "));
        if (takes_torrents(command)) text += when + " -a '(shoal list --for-completion 2>/dev/null)'\n";
        for (const OptionDoc& option : command.options) text += when + fish_option(option) + "\n";
    }
    return text;
}

}  // namespace shoal
