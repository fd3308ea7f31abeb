#include "client/content/reuse.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "client/content/existing_content.hpp"
#include "common/error.hpp"
#include "common/file_descriptor.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

FileDescriptor open_file(const fs::path& path, int flags) {
    return FileDescriptor(::open(path.c_str(), flags | O_CLOEXEC, 0666));
}

class Copier {
  public:
    Copier(const manifest::Manifest& manifest, const manifest::CreateProgressFunction& progress)
        : total_(manifest.total_size), progress_(progress), buffer_(kChunk) {}

    /// At most `size` bytes: the older version may be longer.
    void copy(const fs::path& from, const fs::path& to, std::uint64_t size) {
        const FileDescriptor source = open_file(from, O_RDONLY);
        if (source.get() < 0) throw file_error(from.string(), errno);
        struct stat info {};
        if (::fstat(source.get(), &info) != 0) throw file_error(from.string(), errno);
        if (!S_ISREG(info.st_mode)) return;
        std::error_code error;
        fs::create_directories(to.parent_path(), error);
        if (error) throw file_error(to.parent_path().string(), error.value());
        const FileDescriptor target = open_file(to, O_WRONLY | O_CREAT | O_TRUNC);
        if (target.get() < 0) throw file_error(to.string(), errno);
        if (::ioctl(target.get(), FICLONE, source.get()) != 0) {
            copy_bytes(source.get(), target.get(), to, std::min<std::uint64_t>(size, file_size(info)));
        }
        if (::ftruncate(target.get(), static_cast<off_t>(size)) != 0) {
            throw file_error(to.string(), errno);
        }
    }

  private:
    static constexpr std::size_t kChunk = 1 << 20;

    static std::uint64_t file_size(const struct stat& info) {
        return static_cast<std::uint64_t>(info.st_size);
    }

    void copy_bytes(int source, int target, const fs::path& to, std::uint64_t size) {
        while (size > 0) {
            const ssize_t n = ::read(source, buffer_.data(), std::min<std::uint64_t>(size, buffer_.size()));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw file_error(to.string(), errno);
            if (n == 0) return;  // it got shorter meanwhile
            write_all(target, static_cast<std::size_t>(n), to);
            size -= static_cast<std::uint64_t>(n);
            done_ += static_cast<std::uint64_t>(n);
            if (!progress_({done_, total_})) {
                throw Error(ExitCode::kInterrupted, to.string(), "interrupted");
            }
        }
    }

    void write_all(int target, std::size_t size, const fs::path& to) {
        std::size_t written = 0;
        while (written < size) {
            const ssize_t n = ::write(target, buffer_.data() + written, size - written);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw file_error(to.string(), errno);
            written += static_cast<std::size_t>(n);
        }
    }

    std::uint64_t done_ = 0;
    std::uint64_t total_;
    const manifest::CreateProgressFunction& progress_;
    std::vector<char> buffer_;
};

}  // namespace

void reuse_content(const manifest::Manifest& manifest, const fs::path& from, const fs::path& to,
                   const manifest::CreateProgressFunction& progress) {
    if (!is_there(from)) throw file_error(from.string(), ENOENT);
    Copier copier(manifest, progress);
    for (const manifest::FileEntry& file : manifest.files) {
        if (file.pad || !file.symlink.empty()) continue;
        const fs::path older = file_path(manifest, file, from);
        std::error_code ignored;
        if (fs::is_regular_file(older, ignored)) copier.copy(older, file_path(manifest, file, to), file.size);
    }
}

}  // namespace shoal::client
