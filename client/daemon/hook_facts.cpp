#include "client/daemon/hook_facts.hpp"

#include <unistd.h>

#include <algorithm>

#include "common/hook_variables.hpp"

namespace shoal::daemon {
namespace {

bool is_old_fact(const std::string& name) {
    return std::find(kOldHookVariables.begin(), kOldHookVariables.end(), name) != kOldHookVariables.end();
}

bool holds_old_facts() {
    const std::string mark = std::string(kHookPrefix) + "EVENT=";
    for (char** line = ::environ; line != nullptr && *line != nullptr; ++line)
        if (std::string_view(*line).starts_with(mark)) return true;
    return false;
}

}  // namespace

HookVariables hook_variables(const HookFacts& facts) {
    HookVariables variables;
    const auto set = [&](const char* name, const std::string& value) {
        variables[std::string(kHookPrefix) + name] = value;
    };
    set("EVENT", facts.event);
    set("NAME", facts.name);
    set("HASH", facts.hash);
    set("DIR", facts.folder);
    set("PATH", facts.path);
    set("SIZE", std::to_string(facts.size));
    set("DOWNLOADED", std::to_string(facts.downloaded));
    if (facts.uploaded) set("UPLOADED", std::to_string(*facts.uploaded));
    if (facts.id) set("ID", std::to_string(*facts.id));
    if (facts.seconds) set("SECONDS", std::to_string(*facts.seconds));
    if (!facts.error.empty()) set("ERROR", facts.error);
    return variables;
}

HookVariables old_hook_variables(const HookFacts& facts) {
    return {{"SHOAL_EVENT", facts.event},
            {"SHOAL_ID", std::to_string(facts.id.value_or(0))},
            {"SHOAL_NAME", facts.name},
            {"SHOAL_HASH", facts.hash},
            {"SHOAL_DIR", facts.folder},
            {"SHOAL_PATH", facts.path},
            {"SHOAL_SIZE", std::to_string(facts.size)},
            {"SHOAL_DOWNLOADED", std::to_string(facts.downloaded)},
            {"SHOAL_UPLOADED", std::to_string(facts.uploaded.value_or(0))},
            {"SHOAL_ERROR", facts.error}};
}

std::vector<std::string> environment_with(const HookVariables& variables) {
    const bool in_a_hook = holds_old_facts();
    std::vector<std::string> lines;
    for (char** line = ::environ; line != nullptr && *line != nullptr; ++line) {
        const std::string text(*line);
        const std::string name = text.substr(0, text.find('='));
        if (name.starts_with(kHookPrefix) || (in_a_hook && is_old_fact(name)) || variables.contains(name))
            continue;
        lines.push_back(text);
    }
    for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
    return lines;
}

}  // namespace shoal::daemon
