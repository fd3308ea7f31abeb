#include "common/cli/run_cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "common/cli/command_doc.hpp"
#include "common/error.hpp"
#include "common/version.hpp"

namespace shoal {
namespace {

/// limit-up -> SHOAL_LIMIT_UP
std::string environment_name(const std::string& option) {
    std::string name = "SHOAL_" + option;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    return name;
}

/// For every option that has a long name; the same name means the same thing in every command.
void bind_environment(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || !option->get_configurable()) continue;
        option->envname(environment_name(option->get_lnames().front()));
    }
    for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) bind_environment(*command);
}

/// CLI11 asks the environment only for what the config file does not say; here the environment is nearer to
/// the command and wins.
class ConfigBelowEnvironment final : public CLI::ConfigTOML {
  public:
    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        auto from_file = CLI::ConfigTOML::from_config(input);
        std::erase_if(from_file, [](const CLI::ConfigItem& item) {
            return std::getenv(environment_name(item.name).c_str()) != nullptr;
        });
        return from_file;
    }
};

void report(std::string_view program, std::string_view text) {
    fmt::print(stderr, "{}: {}\n", program, text);
}

std::string one_line(const CLI::ParseError& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

/// Ends parsing with a document instead of a command.
struct Generated {
    std::string text;
};

void add_generator(CLI::App& app) {
    app.add_option_function<std::string>(
           "--generate",
           [&app](const std::string& what) { throw Generated{generate_document(describe(app), what)}; },
           "Print a man page or completion")
        ->configurable(false)
        ->group("");  // for the build, not for people
}

void set_up(CLI::App& app, std::string_view program, const std::function<void(CLI::App&)>& setup) {
    app.set_version_flag("-V,--version", version_text(program),
                         "Print the versions of the program and its libraries");
    app.set_config("--config", "", "Read options from this TOML file")
        ->check(CLI::ExistingFile.description(""))  // its own would make the type read ":FILE"
        ->type_name("FILE");
    app.config_formatter(std::make_shared<ConfigBelowEnvironment>());
    app.get_formatter()->column_width(38);
    add_generator(app);
    setup(app);
    // --config and --version may stand behind a command too.
    for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
    bind_environment(app);
}

int usage_error(const CLI::App& app, std::string_view program, const CLI::ParseError& error) {
    const std::string text = one_line(error);
    std::string command(program);
    for (const CLI::App* chosen : app.get_subcommands()) command += " " + chosen->get_name();
    report(program, fmt::format("{}: see '{} --help'", text, command));
    return static_cast<int>(ExitCode::kUsage);
}

}  // namespace

int run_cli(int argc, char** argv, std::string_view program, std::string_view description,
            const std::function<void(CLI::App&)>& setup) {
    CLI::App app{std::string(description), std::string(program)};
    try {
        set_up(app, program, setup);
        app.parse(argc, argv);
        return static_cast<int>(ExitCode::kDone);
    } catch (const CLI::Success& success) {
        return app.exit(success);  // --help and --version
    } catch (const Generated& document) {
        fmt::print("{}", document.text);
        return static_cast<int>(ExitCode::kDone);
    } catch (const CLI::ParseError& error) {
        return usage_error(app, program, error);
    } catch (const Error& error) {
        report(program, error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        report(program, fmt::format("unexpected failure: {}", error.what()));
        return static_cast<int>(ExitCode::kFailed);
    }
}

void parse_cli_again(std::vector<std::string> arguments, std::string_view program,
                     const std::function<void(CLI::App&)>& setup) {
    CLI::App app{"", std::string(program)};
    set_up(app, program, setup);
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        throw Error(ExitCode::kUsage, "configuration", one_line(error));
    }
}

}  // namespace shoal
