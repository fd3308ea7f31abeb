#include "tracker/store/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.hpp"

namespace shoal::tracker {

FileLock::FileLock(const std::filesystem::path& file)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw file_error(file.native(), errno);
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    const int error = errno;
    ::close(fd_);
    if (error == EWOULDBLOCK) {
        throw Error(ExitCode::kFileSystem, file.native(), "another tracker uses this database",
                    "stop it, or name another file with --db");
    }
    throw file_error(file.native(), error);
}

FileLock::~FileLock() {
    ::close(fd_);
}

}  // namespace shoal::tracker
