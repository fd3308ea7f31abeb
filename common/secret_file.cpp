#include "common/secret_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal {

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

std::filesystem::path credential_file(std::string_view name) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == '\0') return {};
    std::filesystem::path file = std::filesystem::path(folder) / name;
    // What cannot be looked at is returned too, so that reading it says why.
    std::error_code error;
    const auto type = std::filesystem::status(file, error).type();
    return type == std::filesystem::file_type::not_found ? std::filesystem::path() : file;
}

}  // namespace shoal
