#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace shoal {

/// The first line of a file that only its owner and group may read. Throws Error: kUsage for one that
/// everybody may read or that is empty, kFileSystem.
std::string read_secret(const std::filesystem::path& path);

/// The file in which the service manager hands over a credential of this name (systemd's LoadCredential=, in
/// $CREDENTIALS_DIRECTORY); empty where it hands over none.
std::filesystem::path credential_file(std::string_view name);

}  // namespace shoal
