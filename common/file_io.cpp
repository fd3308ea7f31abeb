#include "common/file_io.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"
#include "common/units.hpp"

namespace shoal {
namespace {

/// Unlinks the temporary file unless the rename went through.
struct TemporaryName {
    std::string path;
    bool keep = false;
    ~TemporaryName() {
        if (!keep) ::unlink(path.c_str());
    }
};

void write_all(int fd, std::string_view content, const std::string& name) {
    while (!content.empty()) {
        const ssize_t n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw file_error(name, errno);
        content.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
    const bool standard_input = path == "-";
    const std::string name = standard_input ? "standard input" : path.string();
    FileDescriptor file(standard_input ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) throw file_error(name, errno);
    std::string content;
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw file_error(name, errno);
        if (n == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(n));
        if (content.size() > max_bytes) {
            throw Error(ExitCode::kFileSystem, name, fmt::format("larger than {}", format_size(max_bytes)),
                        "is this the file you meant?");
        }
    }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content, Overwrite overwrite,
                           unsigned mode) {
    const std::string name = path.string();
    TemporaryName temporary{fmt::format("{}.{}.tmp", name, ::getpid())};
    {
        FileDescriptor file(::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
        // A secret's: one that an earlier process of this number left behind may have another mode.
        if (file.get() >= 0 && (mode & 077) == 0 && ::fchmod(file.get(), mode) != 0)
            throw file_error(name, errno);
        if (file.get() < 0) throw file_error(name, errno);
        write_all(file.get(), content, name);
        if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) throw file_error(name, errno);
        if (file.close() != 0) throw file_error(name, errno);
    }
    if (overwrite == Overwrite::kYes) {
        if (::rename(temporary.path.c_str(), name.c_str()) != 0) throw file_error(name, errno);
        temporary.keep = true;
    } else if (::link(temporary.path.c_str(), name.c_str()) != 0) {
        // link(2) fails where the name exists, so two writers cannot both win; the temporary name goes with
        // us. File systems without hard links (FAT, some FUSE) get a check and a rename instead.
        if (errno == EEXIST || ::access(name.c_str(), F_OK) == 0) throw file_error(name, EEXIST);
        if (::rename(temporary.path.c_str(), name.c_str()) != 0) throw file_error(name, errno);
        temporary.keep = true;
    }
    sync_folder(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

void sync_folder(const std::filesystem::path& folder) {
    FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() >= 0) ::fsync(fd.get());
}

}  // namespace shoal
