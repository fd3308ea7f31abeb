#pragma once

#include <filesystem>

#include "common/ip_address.hpp"

namespace shoal::http {

/// A bound, listening, non-blocking TCP socket, which shares its port with others of this process. IPv6
/// sockets take IPv6 only.
/// @param endpoint  port 0: the kernel's choice is written back
/// @param first     the first socket of this address: fails where another program has the port, although that
///                  program may share its port too
/// Throws Error (kFailed).
int listen_on(Endpoint& endpoint, bool first);

/// The same on a unix socket at `path`, for its owner and group only. What a program that crashed left there
/// is replaced. Throws Error (kFailed).
int listen_on_path(const std::filesystem::path& path);

}  // namespace shoal::http
