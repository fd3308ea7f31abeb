#include "common/cli/command_doc.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <sstream>

#include "common/cli/environment.hpp"
#include "common/error.hpp"

namespace shoal {
namespace {

/// "TEXT:{text,json}" -> the two choices.
std::vector<std::string> choices_of(const std::string& type) {
    std::vector<std::string> choices;
    const auto open = type.find('{');
    const auto close = type.find('}', open);
    if (open == std::string::npos || close == std::string::npos) return choices;
    std::istringstream list(type.substr(open + 1, close - open - 1));
    for (std::string word; std::getline(list, word, ',');) choices.push_back(word);
    return choices;
}

/// CLI11 appends a validator's name: "NUMBER:NONNEGATIVE", "INT:INT in [1 - 65535]".
std::string value_name(const std::string& type) {
    if (const auto choices = choices_of(type); !choices.empty())
        return fmt::format("{}", fmt::join(choices, "|"));
    // CLI11's own names of C++ types, which tell a user nothing more.
    if (type.find(" in [") != std::string::npos || type == "INT" || type == "UINT" || type == "FLOAT")
        return "NUMBER";
    if (const auto validator = type.find(":NONNEGATIVE"); validator != std::string::npos)
        return value_name(type.substr(0, validator));
    return type;
}

OptionDoc describe(const CLI::Option& option, const std::string& program, const std::string& command) {
    OptionDoc doc;
    const bool positional = option.get_positional() && !option.nonpositional();
    if (positional) {
        doc.names.push_back(option.get_single_name());
    } else {
        for (const std::string& name : option.get_snames()) doc.names.push_back("-" + name);
        for (const std::string& name : option.get_lnames()) doc.names.push_back("--" + name);
    }
    if (option.get_type_size_max() > 0 && option.get_expected_max() > 0) {
        doc.value = value_name(option.get_type_name());
        doc.choices = choices_of(option.get_type_name());
    }
    doc.help = option.get_description();
    doc.group = option.get_group() == "Options" ? "" : option.get_group();
    doc.default_value = option.get_default_str();
    // Its own variable: get_envname may be the old one, where that is set.
    if (!option.get_envname().empty())
        doc.environment = environment_name(program, command, option.get_lnames().front());
    doc.required = option.get_required();
    doc.repeatable = option.get_items_expected_max() > 1;
    return doc;
}

}  // namespace

CommandDoc describe(const CLI::App& app, const std::string& program) {
    CommandDoc doc;
    doc.program = program;
    if (app.get_parent() != nullptr) doc.name = app.get_name();
    doc.aliases = app.get_aliases();
    doc.description = app.get_description();
    doc.footer = app.get_footer();
    constexpr const char* kNoGroup = "Subcommands";  // CLI11's
    if (app.get_group() != kNoGroup) doc.group = app.get_group();
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        const bool positional = option->get_positional() && !option->nonpositional();
        (positional ? doc.positionals : doc.options).push_back(describe(*option, program, doc.name));
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        doc.commands.push_back(describe(*command, program));
    return doc;
}

OptionDoc::Kind OptionDoc::kind() const {
    if (value.empty()) return Kind::kFlag;
    if (!choices.empty()) return Kind::kChoice;
    if (value == kDaemonsTorrent) return Kind::kTorrent;
    std::string what = names.front().front() == '-' ? value : names.front();
    std::transform(what.begin(), what.end(), what.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (what == "DIR") return Kind::kFolder;
    if (what == "FILE" || what == "PATH" || what == "TORRENT") return Kind::kFile;
    return Kind::kOther;
}

std::string CommandDoc::full_name() const {
    return name.empty() ? program : program + " " + name;
}

CommandDoc describe(const CLI::App& app) {
    return describe(app, app.get_name());
}

std::string generate_document(const CommandDoc& program, const std::string& what) {
    if (what == "bash") return bash_completion(program);
    if (what == "zsh") return zsh_completion(program);
    if (what == "fish") return fish_completion(program);
    if (what == "man") return man_page(program, program.commands);
    std::string names;
    for (const CommandDoc& command : program.commands) {
        if (what == "man-" + command.name) return man_page(command, program.commands);
        names += command.name + "\n";
    }
    if (what == "commands") return names;
    throw Error(ExitCode::kUsage, "--generate " + what, "there is no such document",
                "commands, man, man-COMMAND, bash, zsh or fish");
}

}  // namespace shoal
