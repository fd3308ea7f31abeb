#include "torrentgen/hashing/content.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "common/error.hpp"

namespace shoal::hashing {
namespace {

constexpr std::size_t kNoFile = std::numeric_limits<std::size_t>::max();

Error changed(const std::string& path, std::uint64_t expected) {
    return {ExitCode::kFileSystem, path,
            fmt::format("the file changed while it was read, it had {} bytes before", expected),
            "run again when nothing writes to it"};
}

}  // namespace

Content::Content(std::vector<ContentFile> files) : files_(std::move(files)) {
    offsets_.reserve(files_.size() + 1);
    offsets_.push_back(0);
    for (const ContentFile& file : files_) offsets_.push_back(offsets_.back() + file.size);
}

std::size_t Content::file_at(std::uint64_t offset) const {
    const auto next = std::upper_bound(offsets_.begin(), offsets_.end(), offset);
    return static_cast<std::size_t>(next - offsets_.begin()) - 1;
}

ContentReader::ContentReader(const Content& content, ReadPolicy& policy)
    : content_(&content), policy_(policy), open_file_(kNoFile) {}

ContentReader::~ContentReader() {
    close_file();
}

void ContentReader::seek(std::uint64_t offset) {
    drop_what_was_read();
    position_ = offset;
    file_ = content_->file_at(offset);
}

bool ContentReader::read(std::byte* out, std::size_t size) {
    bool complete = true;
    while (size > 0) {
        const std::uint64_t end = content_->offset(file_ + 1);
        if (position_ == end) {
            ++file_;
            continue;
        }
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, end - position_));
        if (content_->files()[file_].pad) {
            std::memset(out, 0, part);
        } else {
            complete &= read_from_file(out, part, position_ - content_->offset(file_));
        }
        out += part;
        size -= part;
        position_ += part;
    }
    return complete;
}

bool ContentReader::read_from_file(std::byte* out, std::size_t size, std::uint64_t offset) {
    const ContentFile& file = content_->files()[file_];
    int error = open_file_ == file_ ? 0 : open_file(file_);
    if (read_begin_ == read_end_) read_begin_ = offset;
    read_end_ = offset + size;
    while (error == 0 && size > 0) {
        const ssize_t n = read_some(out, size, offset);
        if (n > 0) {
            out += n;
            size -= static_cast<std::size_t>(n);
            offset += static_cast<std::uint64_t>(n);
        } else if (n == 0) {
            if (policy_.on_unreadable == OnUnreadable::kThrow) throw changed(file.path, file.size);
            break;
        } else if (errno != EINTR) {
            error = errno;
        }
    }
    if (error != 0 && policy_.on_unreadable == OnUnreadable::kThrow) throw file_error(file.path, error);
    if (size > 0) std::memset(out, 0, size);
    return size == 0;
}

ssize_t ContentReader::read_some(std::byte* out, std::size_t size, std::uint64_t offset) {
    if (!policy_.cold.load(std::memory_order_relaxed)) {
        iovec part{out, size};
        const ssize_t n = ::preadv2(fd_, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
        if (n >= 0) return n;
        // Not in memory, or a file system that cannot tell: from here on there is someone who reads ahead.
        policy_.cold.store(true, std::memory_order_relaxed);
    }
    return ::pread(fd_, out, size, static_cast<off_t>(offset));
}

void ContentReader::prefetch(std::uint64_t size) {
    constexpr std::uint64_t kStep = 1u << 20;  // the kernel cuts a larger request to about this
    while (size > 0 && position_ < content_->size()) {
        const std::uint64_t end = content_->offset(file_ + 1);
        if (position_ == end) {
            ++file_;
            continue;
        }
        const std::uint64_t part = std::min({size, end - position_, kStep});
        const bool usable = !content_->files()[file_].pad && (open_file_ == file_ || open_file(file_) == 0);
        if (usable) {
            ::posix_fadvise(fd_, static_cast<off_t>(position_ - content_->offset(file_)),
                            static_cast<off_t>(part), POSIX_FADV_WILLNEED);
        }
        position_ += part;
        size -= part;
    }
}

void ContentReader::drop_what_was_read() {
    if (policy_.drop_behind && policy_.cold.load(std::memory_order_relaxed) && read_begin_ != read_end_) {
        ::posix_fadvise(fd_, static_cast<off_t>(read_begin_), static_cast<off_t>(read_end_ - read_begin_),
                        POSIX_FADV_DONTNEED);
    }
    read_begin_ = read_end_ = 0;
}

int ContentReader::open_file(std::size_t index) {
    close_file();
    const ContentFile& file = content_->files()[index];
    // Nonblocking, so that a FIFO put in a file's place cannot hang us; it means nothing for regular files.
    fd_ = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) return errno;
    struct stat status {};
    if (::fstat(fd_, &status) != 0) return errno;
    if (S_ISDIR(status.st_mode)) return EISDIR;
    if (!S_ISREG(status.st_mode)) return EINVAL;
    if (policy_.on_unreadable == OnUnreadable::kThrow &&
        static_cast<std::uint64_t>(status.st_size) != file.size) {
        throw changed(file.path, file.size);
    }
    open_file_ = index;
    return 0;
}

void ContentReader::close_file() {
    drop_what_was_read();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    open_file_ = kNoFile;
}

}  // namespace shoal::hashing
