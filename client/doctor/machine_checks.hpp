#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "client/doctor/check.hpp"
#include "common/ip_address.hpp"

/// Looks at this machine alone.
namespace shoal::doctor {

/// Can peers be accepted there? Listens for a moment and connects to itself.
/// @param asked  the user named it, so another port would not do
Check check_port(const Endpoint& endpoint, bool asked);

/// The port where this machine's own daemon accepts peers: it connects to it.
Check check_daemons_port(std::uint16_t port);

/// @param needed  bytes of the content; none: not known
Check check_space(const std::filesystem::path& folder, std::optional<std::uint64_t> needed);

/// Writes at most 64 MiB for at most 3 s, to the disk and not only to its cache, and removes it.
Check check_disk_speed(const std::filesystem::path& folder);

Check check_file_limit();

}  // namespace shoal::doctor
