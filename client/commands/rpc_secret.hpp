#pragma once

#include <filesystem>
#include <string>

namespace shoal::client {

/// The first line of a file that only its owner and group may read. Throws Error: kUsage for one that
/// everybody may read or that is empty, kFileSystem.
std::string read_secret(const std::filesystem::path& path);

/// "USER:PASSWORD" from the option or from the file; empty where neither is given. Throws Error (kUsage).
std::string rpc_credentials(const std::string& option, const std::filesystem::path& file);

}  // namespace shoal::client
