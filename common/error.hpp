#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace shoal {

/// What the three programs return to the shell. Part of the command line contract.
enum class ExitCode : int {
    kDone = 0,
    kFailed = 1,        ///< for a reason that has no code of its own
    kUsage = 2,         ///< command line or configuration
    kBadTorrent = 3,    ///< not a valid torrent or magnet link
    kNoPeer = 4,        ///< timed out, or nobody to download from
    kFileSystem = 5,    ///< no space, no permission, not found, exists already
    kMismatch = 6,      ///< content does not match the manifest
    kRefused = 9,       ///< of a channel: a signature, a key, an expiry or a sequence is refused
    kInterrupted = 130  ///< SIGINT or SIGTERM before the work was done
};

/// The one exception type of the programs. Thrown where a command cannot go on, caught once in `run_cli`,
/// printed there as `program: what: why: what to do` on one line.
class Error : public std::runtime_error {
  public:
    /// @param what_failed  the thing that failed: a path, a URL, an option
    /// @param why          the cause, in the words of the system that reported it
    /// @param what_to_do   what the user can do about it; may be empty
    /// @param error_number errno where the cause is the system's error, otherwise 0
    Error(ExitCode code, std::string_view what_failed, std::string_view why, std::string_view what_to_do = {},
          int error_number = 0);

    [[nodiscard]] ExitCode code() const noexcept { return code_; }
    [[nodiscard]] int error_number() const noexcept { return error_number_; }

  private:
    ExitCode code_;
    int error_number_;
};

/// An Error for a failed system call on `path`, with advice that fits `error_number` (ENOSPC, EACCES, ...).
Error file_error(std::string_view path, int error_number);

}  // namespace shoal
