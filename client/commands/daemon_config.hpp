#pragma once

#include "client/commands/daemon.hpp"
#include "client/daemon/daemon.hpp"

namespace shoal::client {

/// What the daemon is told, from its command's options, and the secrets from the files that they name. Throws
/// Error: kUsage for values that cannot be, kFileSystem.
daemon::DaemonOptions daemon_options(const DaemonCommandOptions& options);

/// Looks at what the daemon would only come upon later: folders, hooks, certificate and key. Changes nothing.
/// Throws Error; warns in the log of a certificate that peers refuse, or soon will.
void check_files(const DaemonCommandOptions& options, const daemon::DaemonOptions& all);

}  // namespace shoal::client
