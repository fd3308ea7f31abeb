#include "client/commands/done_hook.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#include <system_error>

#include "client/daemon/hook_facts.hpp"
#include "common/error.hpp"

namespace shoal::client {

DoneHook::DoneHook(const std::string& command, const daemon::HookVariables& variables) {
    std::vector<std::string> environment = daemon::environment_with(variables);
    std::vector<char*> pointers;
    for (std::string& entry : environment) pointers.push_back(entry.data());
    pointers.push_back(nullptr);

    std::string shell = "/bin/sh";
    std::string flag = "-c";
    std::string text = command;
    char* const arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
    const int error = ::posix_spawn(&pid_, shell.c_str(), nullptr, nullptr, arguments, pointers.data());
    if (error != 0) {
        throw Error(ExitCode::kFailed, "--on-done", std::generic_category().message(error));
    }
}

std::optional<int> DoneHook::exit_code() {
    if (exit_code_) return exit_code_;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    constexpr int kSignalBase = 128;  // as shells report it
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
    return exit_code_;
}

void DoneHook::terminate() const {
    if (!exit_code_) ::kill(pid_, SIGTERM);
}

}  // namespace shoal::client
