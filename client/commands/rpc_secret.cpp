#include "client/commands/rpc_secret.hpp"

#include "common/error.hpp"
#include "common/secret_file.hpp"

namespace shoal::client {

std::string rpc_credentials(const std::string& option, const std::filesystem::path& file) {
    const std::string credentials = !option.empty() ? option : file.empty() ? "" : read_secret(file);
    if (!credentials.empty() && credentials.find(':') == std::string::npos)
        throw Error(ExitCode::kUsage, "user and password", "not understood", "write them like USER:PASSWORD");
    return credentials;
}

}  // namespace shoal::client
