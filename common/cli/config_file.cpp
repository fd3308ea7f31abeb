#include "common/cli/config_file.hpp"

#include <fmt/format.h>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <istream>
#include <iterator>

#include "common/error.hpp"
#include "common/nearest.hpp"

namespace shoal {
namespace {

using Places = std::map<std::string, std::string, std::less<>>;

std::vector<CLI::App*> commands_of(CLI::App& app) {
    return app.get_subcommands([](CLI::App*) { return true; });
}

CLI::App* find_command(CLI::App& app, const std::string& name) {
    for (CLI::App* command : commands_of(app)) {
        if (command->get_name() == name) return command;
    }
    return nullptr;
}

/// What a file may set.
std::vector<std::string> keys_of(const CLI::App& app) {
    std::vector<std::string> keys;
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_configurable()) continue;
        keys.insert(keys.end(), option->get_lnames().begin(), option->get_lnames().end());
    }
    return keys;
}

bool has_key(const CLI::App& app, const std::string& key) {
    const std::vector<std::string> keys = keys_of(app);
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool environment_sets(const CLI::Option& option) {
    const char* value = option.get_envname().empty() ? nullptr : std::getenv(option.get_envname().c_str());
    return value != nullptr && *value != '\0';
}

bool is_flag(const CLI::Option& option) {
    return option.get_items_expected_max() == 0;
}

/// Walks through a document and sets the options that it names.
class Walk {
  public:
    Walk(CLI::App& program, std::string file, ConfigFile::Tables tables, Places& places)
        : program_(program), file_(std::move(file)), tables_(tables), places_(places) {}

    void document(const toml::table& root) {
        for (const auto& [key, node] : root) {
            const std::string name(key.str());
            if (const toml::table* table = node.as_table()) {
                if (CLI::App* command = command_of(name, key)) this->table(*command, *table);
            } else {
                option(program_, name, key, node);
            }
        }
    }

  private:
    /// @return nullptr for a table to skip
    CLI::App* command_of(const std::string& name, const toml::key& key) const {
        CLI::App* command = find_command(program_, name);
        if (command != nullptr || tables_ == ConfigFile::Tables::kAny) return command;
        std::vector<std::string> names;
        for (const CLI::App* one : commands_of(program_)) names.push_back(one->get_name());
        if (names.empty())
            refuse(key, fmt::format("there is no table '{}'", name), "write the keys outside of it");
        if (const auto meant = nearest(name, names))
            refuse(key, fmt::format("there is no command '{}'", name),
                   fmt::format("did you mean [{}]?", *meant));
        refuse(key, fmt::format("there is no command '{}'", name),
               fmt::format("the tables are [{}]", fmt::join(names, "], [")));
    }

    void table(CLI::App& command, const toml::table& table) {
        for (const auto& [key, node] : table) option(command, std::string(key.str()), key, node);
    }

    void option(CLI::App& app, const std::string& name, const toml::key& key, const toml::node& node) {
        CLI::Option* option = app.get_option_no_throw("--" + name);
        if (option == nullptr) refuse(key, fmt::format("there is no option '{}'", name), advice(app, name));
        if (!option->get_configurable())
            refuse(key, fmt::format("'{}' cannot be set in a file", name), "give it on the command line");
        const std::vector<std::string> values = values_of(*option, name, key, node);
        if (option->count() > 0 || environment_sets(*option) || values.empty()) return;
        if (&app == &program_ || app.parsed()) places_["--" + option->get_lnames().front()] = place(key);
        try {
            option->add_result(values);
            option->run_callback();
        } catch (const CLI::ParseError& failure) {
            throw Error(ExitCode::kUsage, place(key), failure.what(), {});
        }
    }

    /// Advice for a key that `app` does not know: where it belongs, or what was meant.
    std::string advice(CLI::App& app, const std::string& key) const {
        if (has_key(program_, key)) return "write it above all [tables]";
        std::vector<std::string> tables;
        for (CLI::App* command : commands_of(program_)) {
            if (!has_key(*command, key)) continue;
            if (command->parsed()) return fmt::format("write it below a line [{}]", command->get_name());
            tables.push_back(command->get_name());
        }
        if (!tables.empty()) return fmt::format("write it below a line [{}]", fmt::join(tables, "] or ["));
        if (const auto meant = nearest(key, keys_of(app))) return fmt::format("did you mean '{}'?", *meant);
        return "a key is the long name of an option without its dashes, see --help";
    }

    std::vector<std::string> values_of(const CLI::Option& option, const std::string& name,
                                       const toml::key& key, const toml::node& node) const {
        if (is_flag(option)) {
            if (const auto* flag = node.as_boolean()) return {flag->get() ? "true" : "false"};
            refuse(key, fmt::format("'{}' is switched on or off", name),
                   "write true or false, without quotes");
        }
        const toml::array* list = node.as_array();
        if (list == nullptr) return {text_of(name, key, node)};
        if (option.get_items_expected_max() == 1)
            refuse(key, fmt::format("'{}' takes one value", name), "write it without the brackets");
        std::vector<std::string> values;
        for (const toml::node& one : *list) values.push_back(text_of(name, key, one));
        return values;
    }

    std::string text_of(const std::string& name, const toml::key& key, const toml::node& node) const {
        if (const auto* text = node.as_string()) return text->get();
        if (const auto* number = node.as_integer()) return std::to_string(number->get());
        if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
        refuse(key, fmt::format("'{}' takes a text or a number", name), "write a text in \"quotes\"");
    }

    [[nodiscard]] std::string place(const toml::key& key) const {
        return fmt::format("{}:{}", file_, key.source().begin.line);
    }

    [[noreturn]] void refuse(const toml::key& key, std::string_view why, std::string_view advice) const {
        throw Error(ExitCode::kUsage, place(key), why, advice);
    }

    CLI::App& program_;
    std::string file_;
    ConfigFile::Tables tables_;
    Places& places_;
};

}  // namespace

std::vector<CLI::ConfigItem> ConfigFile::from_config(std::istream& input) const {
    const std::string file = app_.get_config_ptr()->as<std::string>();
    const std::string text{std::istreambuf_iterator<char>(input), {}};
    places_.clear();
    try {
        Walk(app_, file, tables_, places_).document(toml::parse(text));
    } catch (const toml::parse_error& failure) {
        throw Error(
            ExitCode::kUsage, fmt::format("{}:{}", file, failure.source().begin.line), failure.description(),
            "write it as TOML, texts in quotes: key = \"text\", key = 5, key = true, key = [\"a\", \"b\"]");
    }
    return {};
}

std::string ConfigFile::place_of(std::string_view message) const {
    const auto place = places_.find(message.substr(0, message.find_first_of(": =,")));
    return place == places_.end() ? std::string() : place->second;
}

}  // namespace shoal
