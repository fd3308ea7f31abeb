#include "common/error.hpp"

#include <cerrno>
#include <system_error>

#include "common/printable.hpp"

namespace shoal {
namespace {

/// Error texts hold words that strangers chose (a torrent's paths, a tracker's reason): they must not act on
/// the terminal, break the one-line promise or fill the screen.
std::string join(std::string_view what_failed, std::string_view why, std::string_view what_to_do) {
    constexpr std::size_t kMost = 1500;  // a path has at most 4,096 bytes, a useful sentence fewer
    std::string text = printable(what_failed, kMost);
    for (std::string_view part : {why, what_to_do}) {
        if (part.empty()) continue;
        text += ": ";
        text += printable(part, kMost);
    }
    return text;
}

std::string_view advice(int error_number) {
    switch (error_number) {
        case ENOENT:
            return "check the path";
        case EACCES:
        case EPERM:
            return "check the permissions, or run as a user who may";
        case ENOSPC:
        case EDQUOT:
            return "free some space or choose another folder, then run the same command again";
        case EROFS:
            return "choose a folder on a writable file system";
        case EEXIST:
            return "choose another name, or pass --force to replace it";
        case EMFILE:
        case ENFILE:
            return "raise the limit of open files (ulimit -n)";
        case EISDIR:
            return "name a file, not a folder";
        case ENOTDIR:
            return "a part of the path is a file, not a folder";
        case EIO:
            return "the disk reported an error, see the kernel log";
        default:
            return "";
    }
}

}  // namespace

Error::Error(ExitCode code, std::string_view what_failed, std::string_view why, std::string_view what_to_do,
             int error_number)
    : std::runtime_error(join(what_failed, why, what_to_do)), code_(code), error_number_(error_number) {}

Error file_error(std::string_view path, int error_number) {
    return {ExitCode::kFileSystem, path, std::generic_category().message(error_number), advice(error_number),
            error_number};
}

}  // namespace shoal
