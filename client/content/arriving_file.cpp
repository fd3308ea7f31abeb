#include "client/content/arriving_file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

Error is_taken(const fs::path& place) {
    return {ExitCode::kFileSystem, place.string(), "is there already",
            "share that file with --web-seed, or pass --force to replace it"};
}

}  // namespace

ArrivingFile::ArrivingFile(fs::path place, bool replace)
    : place_(std::move(place)),
      growing_(place_.parent_path() / (".shoal-" + place_.filename().string())),
      replace_(replace) {
    std::error_code ignored;
    const fs::file_status there = fs::symlink_status(place_, ignored);
    if (fs::is_directory(there)) throw file_error(place_.string(), EISDIR);
    if (!replace_ && fs::exists(there)) throw is_taken(place_);
    ::unlink(growing_.c_str());       // of a run that was killed
    constexpr mode_t kForAll = 0666;  // less the umask
    file_ = FileDescriptor(
        ::open(growing_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kForAll));
    if (file_.get() < 0) throw file_error(growing_.string(), errno);
}

ArrivingFile::~ArrivingFile() {
    if (!delivered_) ::unlink(growing_.c_str());
}

void ArrivingFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw file_error(place_.string(), errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void ArrivingFile::deliver() {
    if (::fsync(file_.get()) != 0 || file_.close() != 0) throw file_error(place_.string(), errno);
    const unsigned flags = replace_ ? 0u : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, growing_.c_str(), AT_FDCWD, place_.c_str(), flags) != 0) {
        if (errno == EEXIST) throw is_taken(place_);
        throw file_error(place_.string(), errno);
    }
    delivered_ = true;
    sync_folder(place_.parent_path());
}

}  // namespace shoal::client
