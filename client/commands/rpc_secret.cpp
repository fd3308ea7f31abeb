#include "client/commands/rpc_secret.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::client {

std::string read_secret(const std::filesystem::path& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) throw file_error(path.string(), errno);
    if ((info.st_mode & S_IROTH) != 0)
        throw Error(ExitCode::kUsage, path.string(), "everybody on this machine may read it", "chmod 600 it");
    std::string secret = read_file(path, 4096);
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // which some editors write
    if (secret.starts_with(kByteOrderMark)) secret.erase(0, kByteOrderMark.size());
    secret.resize(std::min(secret.size(), secret.find_first_of("\r\n")));
    if (secret.find_first_not_of(" \t") == std::string::npos)
        throw Error(ExitCode::kUsage, path.string(), "holds nothing in its first line");
    return secret;
}

std::string rpc_credentials(const std::string& option, const std::filesystem::path& file) {
    const std::string credentials = !option.empty() ? option : file.empty() ? "" : read_secret(file);
    if (!credentials.empty() && credentials.find(':') == std::string::npos)
        throw Error(ExitCode::kUsage, "user and password", "not understood", "write them like USER:PASSWORD");
    return credentials;
}

}  // namespace shoal::client
