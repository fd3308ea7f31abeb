#include "client/swarm/disk/open_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

namespace shoal::client::disk {
namespace {

int open_for_writing(const std::string& path, std::int64_t size, mode_t permissions) {
    int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, permissions);
    if (descriptor < 0 && errno == ENOENT) {
        std::error_code error;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
        if (error) {
            errno = error.value();
            return -1;
        }
        descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, permissions);
    }
    if (descriptor < 0) return -1;
    struct stat info {};
    // Its full length at once, with holes: readers of the parts that are there then never meet an early end.
    if (::fstat(descriptor, &info) != 0 || (info.st_size < size && ::ftruncate(descriptor, size) != 0)) {
        const int reason = errno;
        ::close(descriptor);
        errno = reason;
        return -1;
    }
    return descriptor;
}

}  // namespace

OpenFile::OpenFile(int descriptor, bool writable)
    : descriptor_(descriptor), writable_(writable), opened_(stamp()) {}

OpenFile::Stamp OpenFile::stamp() const {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0) return {};
    return {info.st_size, info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec};
}

bool OpenFile::as_opened() const {
    return stamp() == opened_;
}

OpenFile::~OpenFile() {
    ::close(descriptor_);
}

void OpenFiles::limit(std::size_t count) {
    const std::lock_guard lock(mutex_);
    limit_ = count;
    while (used_.size() > limit_) forget_oldest();
}

OpenFiles::File OpenFiles::find(Owner owner, int index, bool for_writing) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find({owner, index});
    if (found == by_key_.end()) return nullptr;
    if (for_writing && !found->second->file->writable()) return nullptr;
    used_.splice(used_.begin(), used_, found->second);
    return found->second->file;
}

OpenFiles::File OpenFiles::open(Owner owner, int index, const std::string& path) {
    return remember(owner, index, ::open(path.c_str(), O_RDONLY | O_CLOEXEC), false);
}

OpenFiles::File OpenFiles::create(Owner owner, int index, const std::string& path, std::int64_t size,
                                  mode_t permissions) {
    return remember(owner, index, open_for_writing(path, size, permissions), true);
}

OpenFiles::File OpenFiles::remember(Owner owner, int index, int descriptor, bool writable) {
    if (descriptor < 0) return nullptr;
    auto file = std::make_shared<const OpenFile>(descriptor, writable);
    const std::lock_guard lock(mutex_);
    const Key key{owner, index};
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        // Another thread was as quick: a writable one serves everybody.
        if (found->second->file->writable()) return found->second->file;
        used_.erase(found->second);
        by_key_.erase(found);
    }
    used_.push_front({key, file});
    by_key_[key] = used_.begin();
    if (used_.size() > limit_) forget_oldest();
    return file;
}

void OpenFiles::close_all(Owner owner) {
    const std::lock_guard lock(mutex_);
    auto entry = by_key_.lower_bound({owner, std::numeric_limits<int>::min()});
    while (entry != by_key_.end() && entry->first.first == owner) {
        used_.erase(entry->second);
        entry = by_key_.erase(entry);
    }
}

void OpenFiles::forget_oldest() {
    by_key_.erase(used_.back().key);
    used_.pop_back();
}

}  // namespace shoal::client::disk
