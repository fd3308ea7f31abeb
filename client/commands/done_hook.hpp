#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "client/daemon/hook_facts.hpp"

namespace shoal::client {

/// A command of the user that runs beside us, with facts in its environment: a name is never part of the
/// command line, so it can't say anything to the shell.
class DoneHook {
  public:
    /// Starts `/bin/sh -c command`. Throws Error (kFailed) where that can't be.
    DoneHook(const std::string& command, const daemon::HookVariables& variables);
    DoneHook(const DoneHook&) = delete;
    DoneHook& operator=(const DoneHook&) = delete;
    /// Leaves it running.
    ~DoneHook() = default;

    /// The exit code once it has ended, 128 + signal where it was killed.
    [[nodiscard]] std::optional<int> exit_code();
    void terminate() const;

  private:
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

}  // namespace shoal::client
