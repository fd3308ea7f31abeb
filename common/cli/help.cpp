#include "common/cli/help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include "common/cli/environment.hpp"
#include "common/display_width.hpp"
#include "common/nearest.hpp"

namespace shoal {
namespace {

constexpr std::size_t kMargin = 2;
constexpr std::size_t kWidestNames = 30;

/// Words of `text` in lines of at most `width` columns; line breaks stay.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines;
    std::istringstream paragraphs(text);
    for (std::string paragraph; std::getline(paragraphs, paragraph);) {
        std::string line;
        std::istringstream words(paragraph);
        for (std::string word; words >> word;) {
            if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
                lines.push_back(line);
                line.clear();
            }
            line += (line.empty() ? "" : " ") + word;
        }
        lines.push_back(line);
    }
    return lines;
}

/// The first clause of an option's description.
std::string brief(const std::string& help) {
    std::size_t end = help.size();
    for (const char* mark : {"; ", ". ", ": ", " (", ", again for "}) end = std::min(end, help.find(mark));
    return help.substr(0, end);
}

std::string value_of(const OptionDoc& option) {
    return option.value.empty() ? "" : " " + option.value;
}

std::string argument_of(const OptionDoc& positional) {
    std::string name = positional.names.front();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (positional.repeatable) name += "...";
    return name;
}

/// "-o, --output DIR"; every name, or the short and the first long one.
std::string names_of(const OptionDoc& option, bool every) {
    std::vector<std::string> names;
    bool long_one = false;
    for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        if (!every && is_long && long_one) continue;
        long_one = long_one || is_long;
        names.push_back(name);
    }
    const std::string indent = names.front().starts_with("--") ? "    " : "";  // below the short names
    return indent + fmt::format("{}", fmt::join(names, ", ")) + value_of(option);
}

struct Row {
    std::string names;
    std::string help;
};

/// Two columns; names that are too long get a line of their own.
std::string rows_text(const std::vector<Row>& rows) {
    std::size_t width = 0;
    for (const Row& row : rows)
        if (row.names.size() <= kWidestNames) width = std::max(width, row.names.size());
    const std::size_t help_at = kMargin + width + kMargin;
    std::string text;
    for (const Row& row : rows) {
        std::string line = std::string(kMargin, ' ') + row.names;
        if (row.names.size() > width && !row.help.empty()) {
            text += line + "\n";
            line.clear();
        }
        for (const std::string& part : wrapped(row.help, kHelpColumns - help_at)) {
            line.resize(std::max(line.size(), help_at), ' ');
            text += line + part + "\n";
            line.clear();
        }
        if (!line.empty()) text += line + "\n";
    }
    return text;
}

std::string with_default(std::string help, const OptionDoc& option) {
    if (!option.default_value.empty()) help += " [" + option.default_value + "]";
    return help;
}

std::vector<Row> argument_rows(const CommandDoc& command, bool full) {
    std::vector<Row> rows;
    for (const OptionDoc& one : command.positionals)
        rows.push_back({argument_of(one), full ? one.help : brief(one.help)});
    return rows;
}

std::string usage(const CommandDoc& command) {
    std::string text = "Usage: " + command.full_name();
    if (!command.commands.empty()) text += " COMMAND";
    text += " [OPTION]...";
    for (const OptionDoc& one : command.positionals)
        text += one.required ? " " + argument_of(one) : " [" + argument_of(one) + "]";
    return text + "\n";
}

/// @param grouped  also those of a group
std::vector<Row> command_rows(const CommandDoc& command, bool grouped) {
    std::vector<Row> rows;
    for (const CommandDoc& one : command.commands) {
        if (!grouped && !one.group.empty()) continue;
        std::vector<std::string> names{one.name};
        names.insert(names.end(), one.aliases.begin(), one.aliases.end());
        rows.push_back({fmt::format("{}", fmt::join(names, ", ")), one.description});
    }
    return rows;
}

/// "What they are for: one, another", a line a group.
std::string group_lines(const CommandDoc& command) {
    std::map<std::string, std::vector<std::string>> groups;
    for (const CommandDoc& one : command.commands)
        if (!one.group.empty()) groups[one.group].push_back(one.name);
    std::string text;
    for (const auto& [group, names] : groups)
        text += fmt::format("  {}: {}\n", group, fmt::join(names, ", "));
    return text;
}

std::string paragraph(const std::string& text) {
    return fmt::format("{}\n", fmt::join(wrapped(text, kHelpColumns), "\n"));
}

bool is_of_every_command(const OptionDoc& option) {
    return option.names.back() == "--help" || option.names.back() == "--help-all";
}

std::string notes_and_examples(const CommandDoc& command) {
    std::string text = command.footer;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.empty() ? "" : "\n" + text + "\n";
}

/// "Examples:" and two of them; notes are for the full page.
std::string examples(const CommandDoc& command) {
    constexpr std::size_t kLines = 3;
    const auto begin = command.footer.find("Examples:");
    if (begin == std::string::npos) return {};
    std::string text = "\n";
    std::istringstream lines(command.footer.substr(begin));
    std::string line;
    for (std::size_t i = 0; i < kLines && std::getline(lines, line); ++i) text += line + "\n";
    return text;
}

/// The pages, and which options the short ones explain.
class Pages final : public CLI::Formatter {
  public:
    void show(const CLI::App* command, std::vector<std::string> options) {
        shown_[command] = std::move(options);
    }
    std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode mode) const override {
        const CLI::App* program = app;
        while (program->get_parent() != nullptr) program = program->get_parent();
        const CommandDoc doc = describe(*app, program->get_name());
        if (mode == CLI::AppFormatMode::All) return full_help(doc);
        const auto shown = shown_.find(app);
        return short_help(doc, shown == shown_.end() ? std::vector<std::string>() : shown->second);
    }

  private:
    std::map<const CLI::App*, std::vector<std::string>> shown_;
};

bool names_option(const std::vector<std::string>& names, const OptionDoc& option) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
    });
}

std::vector<std::string> long_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
        const auto& aliases = command->get_aliases();
        names.insert(names.end(), aliases.begin(), aliases.end());
    }
    return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const auto meant = nearest(word, known);
    return meant ? fmt::format(": did you mean '{}'?", *meant) : std::string();
}

}  // namespace

void use_help_pages(CLI::App& app) {
    app.formatter(std::make_shared<Pages>());
    app.set_help_flag("-h,--help", "Show the options that are used most");
    app.set_help_all_flag("--help-all", "Explain all options");
}

void show_in_help(CLI::App& command, std::vector<std::string> options) {
    if (const auto pages = std::dynamic_pointer_cast<Pages>(command.get_formatter()))
        pages->show(&command, std::move(options));
}

std::string short_help(const CommandDoc& command, const std::vector<std::string>& shown) {
    std::string text = usage(command) + paragraph(command.description) + "\n";
    std::vector<Row> rows = argument_rows(command, false);
    std::vector<std::string> others;
    for (const OptionDoc& option : command.options) {
        if (is_of_every_command(option)) continue;
        if (!command.commands.empty() || (!shown.empty() && !names_option(shown, option))) {
            for (const std::string& name : option.names)
                if (name.starts_with("--")) {
                    others.push_back(name);
                    break;
                }
        } else {
            rows.push_back({names_of(option, false), with_default(brief(option.help), option)});
        }
    }
    const std::vector<Row> commands = command_rows(command, false);
    rows.insert(rows.end(), commands.begin(), commands.end());
    text += rows_text(rows) + group_lines(command);
    if (!command.commands.empty())
        text += paragraph(fmt::format("'{} help COMMAND' explains one. Options of all: {}", command.program,
                                      fmt::join(others, ", ")));
    else if (!others.empty())
        text += paragraph(fmt::format("Also, explained by --help-all: {}", fmt::join(others, ", ")));
    return text + examples(command);
}

std::string full_help(const CommandDoc& command) {
    std::string text = usage(command) + paragraph(command.description);
    if (!command.positionals.empty()) text += "\n" + rows_text(argument_rows(command, true));
    if (!command.commands.empty()) text += "\nCommands:\n" + rows_text(command_rows(command, true));
    std::vector<std::string> groups;
    for (const OptionDoc& option : command.options)
        if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
            groups.push_back(option.group);
    std::stable_partition(groups.begin(), groups.end(),
                          [](const std::string& group) { return group.empty(); });
    for (const std::string& group : groups) {
        std::vector<Row> rows;
        for (const OptionDoc& option : command.options)
            if (option.group == group)
                rows.push_back({names_of(option, true), with_default(option.help, option)});
        text += fmt::format("\n{}:\n", group.empty() ? "Options" : group) + rows_text(rows);
    }
    if (command.commands.empty() && !command.options.empty()) {
        text += "\n" + paragraph(fmt::format(
                           "Every option can be a key of the --config file (TOML, section [{}]) or a "
                           "variable: --an-option is {}.",
                           command.name.empty() ? "none" : command.name,
                           environment_name(command.program, command.name, "an-option")));
    }
    return text + notes_and_examples(command);
}

std::string unknown_word(const CLI::App& app) {
    const std::vector<std::string> words = app.remaining(true);
    if (words.empty()) return {};
    const std::string word = words.front().substr(0, words.front().find('='));
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    if (word.size() > 1 && word.front() == '-') {
        std::vector<std::string> known = long_names(app);
        for (const CLI::App* command : chosen) {
            const std::vector<std::string> more = long_names(*command);
            known.insert(known.end(), more.begin(), more.end());
        }
        return fmt::format("there is no option '{}'", word) + did_you_mean(word, known);
    }
    const std::vector<std::string> commands = command_names(app);
    if (chosen.empty() && !commands.empty())
        return fmt::format("there is no command '{}'", words.front()) + did_you_mean(word, commands);
    return fmt::format("'{}' is one argument too many", words.front());
}

std::vector<std::string> without_help_command(std::vector<std::string> words) {
    if (words.empty() || words.front() != "help") return words;
    words.erase(words.begin());
    words.emplace_back("--help");
    return words;
}

}  // namespace shoal
