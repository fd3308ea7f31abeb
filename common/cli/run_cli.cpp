#include "common/cli/run_cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/cli/command_doc.hpp"
#include "common/cli/config_file.hpp"
#include "common/cli/environment.hpp"
#include "common/cli/help.hpp"
#include "common/error.hpp"
#include "common/version.hpp"

namespace shoal {
namespace {

void report(std::string_view program, std::string_view text) {
    std::fflush(stdout);  // in a file with both, the error stands behind what was printed before it
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

std::shared_ptr<const ConfigFile> set_up(CLI::App& app, std::string_view program,
                                         const std::function<void(CLI::App&)>& setup,
                                         ConfigFile::Tables tables) {
    use_help_pages(app);
    app.set_version_flag("-V,--version", version_text(program),
                         "Print the versions of the program and its libraries");
    app.set_config("--config", "", "Read options from this TOML file")
        ->check(CLI::ExistingFile.description(""))  // its own would make the type read ":FILE"
        ->type_name("FILE");
    auto file = std::make_shared<ConfigFile>(app, tables);
    app.config_formatter(file);
    add_generator(app);
    setup(app);
    // --config and --version may stand behind a command too.
    for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
    bind_environment(app, program);
    return file;
}

/// The text, behind the line of the config file that it is about.
std::string located(const ConfigFile* file, std::string text) {
    const std::string place = file == nullptr ? std::string() : file->place_of(text);
    return place.empty() ? text : place + ": " + text;
}

int usage_error(const CLI::App& app, std::string_view program, const std::string& text) {
    std::string command(program);
    for (const CLI::App* chosen : app.get_subcommands()) command += " " + chosen->get_name();
    const std::string slip = unknown_word(app);
    report(program, fmt::format("{}: see '{} --help'", slip.empty() ? text : slip, command));
    return static_cast<int>(ExitCode::kUsage);
}

}  // namespace

int run_cli(int argc, char** argv, std::string_view program, std::string_view description,
            const std::function<void(CLI::App&)>& setup) {
    CLI::App app{std::string(description), std::string(program)};
    std::shared_ptr<const ConfigFile> file;
    try {
        file = set_up(app, program, setup, ConfigFile::Tables::kKnown);
        std::vector<std::string> words = without_help_command({argv + 1, argv + argc});
        std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
        app.parse(std::move(words));
        return static_cast<int>(ExitCode::kDone);
    } catch (const CLI::Success& success) {  // --help and --version
        if (app.get_subcommands().empty() && !unknown_word(app).empty()) return usage_error(app, program, "");
        return app.exit(success);
    } catch (const Generated& document) {
        fmt::print("{}", document.text);
        return static_cast<int>(ExitCode::kDone);
    } catch (const CLI::ParseError& error) {
        return usage_error(app, program, located(file.get(), one_line(error)));
    } catch (const Error& error) {
        report(program, error.code() == ExitCode::kUsage ? located(file.get(), error.what()) : error.what());
        return static_cast<int>(error.code());
    } catch (const std::filesystem::filesystem_error& error) {
        // A path that went away between two looks at it.
        const Error told = file_error(error.path1().string(), error.code().value());
        report(program, told.what());
        return static_cast<int>(told.code());
    } catch (const std::exception& error) {
        report(program, fmt::format("unexpected failure: {}", error.what()));
        return static_cast<int>(ExitCode::kFailed);
    }
}

void parse_cli_again(std::vector<std::string> arguments, std::string_view program,
                     const std::function<void(CLI::App&)>& setup) {
    CLI::App app{"", std::string(program)};
    const auto file = set_up(app, program, setup, ConfigFile::Tables::kAny);
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        throw Error(ExitCode::kUsage, "configuration", located(file.get(), one_line(error)));
    }
}

}  // namespace shoal
