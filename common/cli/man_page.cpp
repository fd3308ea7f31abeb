#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "common/cli/command_doc.hpp"
#include "common/version.hpp"

namespace shoal {
namespace {

/// Text that roff shows as it is.
std::string plain(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool line_start = i == 0 || text[i - 1] == '\n';
        if (line_start && (text[i] == '.' || text[i] == '\'')) out += "\\&";
        if (text[i] == '\\') {
            out += "\\e";
        } else if (text[i] == '-') {
            out += "\\-";
        } else if (text[i] == '\'') {
            out += "\\(aq";
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string page_name(const std::string& program, const std::string& command) {
    return command.empty() ? program : program + "-" + command;
}

std::string sentence(std::string text) {
    if (!text.empty() && text.back() != '.') text += '.';
    return text;
}

std::string tag(const OptionDoc& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.names)
        names.push_back((name.front() == '-' ? "\\fB" : "\\fI") + plain(name) + "\\fR");
    std::string text = fmt::format("{}", fmt::join(names, ", "));
    if (!option.value.empty() && option.names.front().front() == '-')
        text += " \\fI" + plain(option.value) + "\\fR";
    return text;
}

void add_option(std::string& page, const OptionDoc& option) {
    page += fmt::format(".TP\n{}\n{}\n", tag(option), plain(sentence(option.help)));
    if (!option.default_value.empty())
        page += fmt::format("Default: \\fB{}\\fR.\n", plain(option.default_value));
    if (!option.environment.empty())
        page += fmt::format("Environment: \\fB{}\\fR.\n", plain(option.environment));
}

void add_options(std::string& page, const CommandDoc& command) {
    if (!command.positionals.empty()) page += ".SH ARGUMENTS\n";
    for (const OptionDoc& option : command.positionals) add_option(page, option);
    std::vector<std::string> groups;
    for (const OptionDoc& option : command.options) {
        if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
            groups.push_back(option.group);
    }
    std::stable_partition(groups.begin(), groups.end(),
                          [](const std::string& group) { return group.empty(); });
    page += ".SH OPTIONS\n";
    for (const std::string& group : groups) {
        if (!group.empty()) page += fmt::format(".SS {}\n", plain(group));
        for (const OptionDoc& option : command.options) {
            if (option.group == group) add_option(page, option);
        }
    }
}

void add_synopsis(std::string& page, const CommandDoc& command) {
    page += fmt::format(".SH SYNOPSIS\n\\fB{}\\fR [\\fIOPTION\\fR]...", plain(command.full_name()));
    if (!command.commands.empty()) page += " \\fICOMMAND\\fR ...";
    for (const OptionDoc& positional : command.positionals) {
        const std::string name = "\\fI" + plain(positional.names.front()) + "\\fR";
        page += positional.required ? " " + name : " [" + name + "]";
        if (positional.repeatable) page += "...";
    }
    page += "\n";
}

/// The indented lines below "Example:" as they are, everything else as text.
void add_footer(std::string& page, const std::string& footer) {
    std::string code;
    std::string text;
    std::istringstream lines(footer);
    for (std::string line; std::getline(lines, line);) {
        constexpr std::string_view kOnOneLine = "Example: ";
        if (line.rfind(kOnOneLine, 0) == 0) {
            code += plain(line.substr(kOnOneLine.size())) + "\n";
        } else if (line.rfind("  ", 0) == 0) {
            code += plain(line.substr(2)) + "\n";
        } else if (!line.empty() && line.rfind("Example", 0) != 0) {
            text += plain(line) + "\n";
        }
    }
    if (!text.empty()) page += ".SH NOTES\n" + text;
    if (!code.empty()) page += ".SH EXAMPLES\n.nf\n" + code + ".fi\n";
}

constexpr std::string_view kConfiguration =
    ".SH CONFIGURATION\n"
    "Every option can come from the TOML file that \\fB\\-\\-config\\fR names, under its long name in the "
    "section "
    "[\\fICOMMAND\\fR], and from the environment variable shown with it.\n"
    "The command line wins over the environment, the environment over the file.\n"
    "Sizes are written like 5MiB, 5MB or 1G, rates like 300MB/s or 40Gbit/s, durations like 30s or 10m.\n";

constexpr std::string_view kExitStatus =
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone.\n"
    ".TP\n1\nFailed for a reason that has no number of its own.\n"
    ".TP\n2\nUsage or configuration.\n"
    ".TP\n3\nNot a valid torrent or magnet link.\n"
    ".TP\n4\nTimed out, or nobody there.\n"
    ".TP\n5\nFile system: no space, no permission, not found, exists already.\n"
    ".TP\n6\nContent does not match the manifest.\n"
    ".TP\n130\nInterrupted.\n";

}  // namespace

std::string man_page(const CommandDoc& command, const std::vector<CommandDoc>& commands_of_program) {
    const std::string name = page_name(command.program, command.name);
    std::string page = fmt::format(".TH {} 1 \"\" \"shoal {}\" \"shoal\"\n.SH NAME\n{} \\- {}\n",
                                   upper(plain(name)), version(), plain(name), plain(command.description));
    add_synopsis(page, command);
    add_options(page, command);
    if (!command.commands.empty()) page += ".SH COMMANDS\n";
    for (const CommandDoc& one : command.commands) {
        page += fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", plain(page_name(one.program, one.name)),
                            plain(sentence(one.description)));
    }
    page += kConfiguration;
    page += kExitStatus;
    add_footer(page, command.footer);
    std::vector<std::string> others;
    if (!command.name.empty()) others.push_back(command.program);
    for (const CommandDoc& one : commands_of_program) {
        if (one.name != command.name && !command.name.empty())
            others.push_back(page_name(one.program, one.name));
    }
    for (const char* program : {"shoal", "shoal-tracker", "torrentgen"}) {
        if (program != command.program) others.emplace_back(program);
    }
    std::vector<std::string> references;
    for (const std::string& other : others) references.push_back("\\fB" + plain(other) + "\\fR(1)");
    page += fmt::format(".SH SEE ALSO\n{}\n", fmt::join(references, ",\n"));
    return page;
}

}  // namespace shoal
