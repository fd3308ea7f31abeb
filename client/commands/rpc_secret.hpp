#pragma once

#include <filesystem>
#include <string>

namespace shoal::client {

/// "USER:PASSWORD" from the option or from the file; empty where neither is given. Throws Error (kUsage,
/// kFileSystem).
std::string rpc_credentials(const std::string& option, const std::filesystem::path& file);

}  // namespace shoal::client
