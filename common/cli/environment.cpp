#include "common/cli/environment.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "common/hook_variables.hpp"

namespace shoal {
namespace {

std::string upper(std::string_view text) {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    return name;
}

bool is_set(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value != nullptr && *value != '\0';
}

bool in_a_hook() {
    return is_set(std::string(kHookPrefix) + "EVENT");
}

void bind_options(CLI::App& app, std::string_view program, std::string_view command) {
    const bool hook = in_a_hook();
    for (CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || !option->get_configurable()) continue;
        const std::string& name = option->get_lnames().front();
        const std::string now = environment_name(program, command, name);
        const std::string old = old_environment_name(name);
        const bool fact = hook && std::find(kOldHookVariables.begin(), kOldHookVariables.end(), old) !=
                                      kOldHookVariables.end();
        option->envname(is_set(old) && !is_set(now) && !fact ? old : now);
    }
    for (CLI::App* one : app.get_subcommands([](CLI::App*) { return true; }))
        bind_options(*one, program, one->get_name());
}

}  // namespace

std::string environment_name(std::string_view program, std::string_view command, std::string_view option) {
    // shoal's own prefix is the house's.
    std::string name = program == "shoal"              ? "SHOAL"
                       : program.starts_with("shoal-") ? upper(program)
                                                       : "SHOAL_" + upper(program);
    if (!command.empty()) name += "_" + upper(command);
    return name + "_" + upper(option);
}

std::string old_environment_name(std::string_view option) {
    return "SHOAL_" + upper(option);
}

void bind_environment(CLI::App& app, std::string_view program) {
    bind_options(app, program, "");
}

}  // namespace shoal
