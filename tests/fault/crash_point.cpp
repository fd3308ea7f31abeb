// Preloaded into a program, kills it just before its n-th change of what is on the disk, as a power switch or
// `kill -9` would: at every n in turn, all moments are tried at which a crash can part two changes.
//
//   LD_PRELOAD=libcrash_point.so CRASH_UNDER=/state:/downloads CRASH_AT=17 PROGRAM ...
//
// CRASH_UNDER    folders whose changes count; others are not looked at
// CRASH_AT       which change is the last moment, from 1; 0 or missing: none, they are only counted
// CRASH_TEAR     with 1, a write at that moment is made with the first half of its bytes
// CRASH_LOG      a file that gets a line "N CALL PATH" for each change, before it is made; may be missing
// CRASH_RECORD   a file that gets each change with its data as it is made, for a replay as after a power cut
// (see
//                crash/power_loss.py); may be missing
//
// Counted are the functions of the C library below. Not counted are changes through a mapping (SQLite's
// -shm) and those of the C library's own streams, which none of our programs writes state with.
// What the program starts runs without this library.

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace {

constexpr int kMostFolders = 8;

struct Plan {
    char folders[kMostFolders][PATH_MAX] = {};
    int count = 0;
    long at = 0;
    bool tear = false;
    int log = -1;
    int record = -1;
};

// Ready before read_plan(), which runs before what C++ would initialise at the start.
constinit Plan plan;
constinit std::atomic<long> changes{0};
constinit std::atomic<bool> armed{false};

__attribute__((constructor)) void read_plan() {
    const char* const under = ::getenv("CRASH_UNDER");
    if (under == nullptr) return;
    for (const char* begin = under; *begin != '\0' && plan.count < kMostFolders;) {
        const char* const end = ::strchrnul(begin, ':');
        const auto length = static_cast<std::size_t>(end - begin);
        if (length > 0 && length < PATH_MAX) {
            ::memcpy(plan.folders[plan.count], begin, length);
            plan.folders[plan.count++][length] = '\0';
        }
        begin = *end == ':' ? end + 1 : end;
    }
    const char* const at = ::getenv("CRASH_AT");
    plan.at = at == nullptr ? 0 : ::atol(at);
    const char* const tear = ::getenv("CRASH_TEAR");
    plan.tear = tear != nullptr && ::strcmp(tear, "1") == 0;
    if (const char* const log = ::getenv("CRASH_LOG"))
        plan.log = static_cast<int>(
            ::syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (const char* const record = ::getenv("CRASH_RECORD"))
        plan.record = static_cast<int>(
            ::syscall(SYS_openat, AT_FDCWD, record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    ::unsetenv("LD_PRELOAD");
    armed = true;
}

bool counts(const char* path) {
    for (int i = 0; i < plan.count; ++i) {
        const std::size_t length = ::strlen(plan.folders[i]);
        if (::strncmp(path, plan.folders[i], length) == 0 && (path[length] == '/' || path[length] == '\0'))
            return true;
    }
    return false;
}

/// The path behind a descriptor; false where it has none.
bool path_of(int descriptor, char* path) {
    char link[64];
    ::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = ::readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return false;
    path[length] = '\0';
    return path[0] == '/';
}

/// `path` as it is reached from `folder`; links in it are not resolved.
bool full_path(int folder, const char* path, char* full) {
    if (path == nullptr) return false;
    char base[PATH_MAX];
    if (path[0] == '/') {
        ::snprintf(full, PATH_MAX, "%s", path);
        return true;
    }
    if (folder == AT_FDCWD ? ::getcwd(base, sizeof base) == nullptr : !path_of(folder, base)) return false;
    // A path that is cut here is none of those that count.
    return ::snprintf(full, PATH_MAX, "%.*s/%s", PATH_MAX / 2, base, path) < PATH_MAX;
}

[[noreturn]] void crash() {
    ::syscall(SYS_kill, ::getpid(), SIGKILL);
    for (;;) ::pause();
}

/// True where it is the last moment, and the caller is to tear a write.
bool change(const char* call, const char* path, bool may_tear = false) {
    if (!armed || !counts(path)) return false;
    const long n = ++changes;
    if (plan.log >= 0) {
        char line[PATH_MAX + 64];
        const int length = ::snprintf(line, sizeof line, "%ld %s %.*s\n", n, call, PATH_MAX, path);
        ::syscall(SYS_write, plan.log, line,
                  std::min<std::size_t>(static_cast<std::size_t>(length), sizeof line - 1));
    }
    if (plan.at == 0 || n != plan.at) return false;
    if (plan.tear && may_tear) return true;
    crash();
}

bool change_at(const char* call, int folder, const char* path) {
    const int kept = errno;
    char full[PATH_MAX];
    const bool tears = armed && full_path(folder, path, full) && change(call, full);
    errno = kept;
    return tears;
}

bool change_of(const char* call, int descriptor, bool may_tear = false) {
    const int kept = errno;
    char path[PATH_MAX];
    const bool tears = armed && path_of(descriptor, path) && change(call, path, may_tear);
    errno = kept;
    return tears;
}

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// One change in the record: a line "CALL AT BYTES PATH-BYTES OTHER-PATH-BYTES", both paths, and the data. In
/// one call, so that changes of several threads come one after the other.
void record(const char* call, const char* path, const char* other, off_t at, const iovec* parts, int count) {
    constexpr int kMostParts = 1024;
    iovec all[kMostParts + 3];
    std::size_t bytes = 0;
    for (int i = 0; i < count && i < kMostParts; ++i) {
        all[i + 3] = parts[i];
        bytes += parts[i].iov_len;
    }
    char head[128];
    const int length = ::snprintf(head, sizeof head, "%s %lld %zu %zu %zu\n", call,
                                  static_cast<long long>(at), bytes, ::strlen(path), ::strlen(other));
    all[0] = {head, static_cast<std::size_t>(length)};
    all[1] = {const_cast<char*>(path), ::strlen(path)};
    all[2] = {const_cast<char*>(other), ::strlen(other)};
    ::syscall(SYS_writev, plan.record, all, std::min(count, kMostParts) + 3);
}

void record_of(const char* call, int descriptor, off_t at, const iovec* parts, int count) {
    if (plan.record < 0) return;
    const int kept = errno;
    char path[PATH_MAX];
    if (path_of(descriptor, path) && counts(path)) {
        if (at < 0) {  // where a plain write goes
            struct stat now = {};
            const bool appends = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
            at = appends && ::fstat(descriptor, &now) == 0 ? now.st_size : ::lseek(descriptor, 0, SEEK_CUR);
        }
        record(call, path, "", at, parts, count);
    }
    errno = kept;
}

void record_of(const char* call, int descriptor, off_t at = 0) {
    record_of(call, descriptor, at, nullptr, 0);
}

void record_write(int descriptor, const void* data, std::size_t bytes, off_t at) {
    const iovec part{const_cast<void*>(data), bytes};
    record_of("write", descriptor, at, &part, 1);
}

/// `path` with the links in all but its last part resolved.
bool real_path(int folder, const char* path, char* real) {
    char full[PATH_MAX];
    if (!full_path(folder, path, full)) return false;
    char* const last = ::strrchr(full, '/');
    *last = '\0';
    char parent[PATH_MAX];
    if (::realpath(full[0] == '\0' ? "/" : full, parent) == nullptr) return false;
    return ::snprintf(real, PATH_MAX, "%.*s/%s", PATH_MAX - 256, parent, last + 1) < PATH_MAX;
}

/// @param from  of a rename or a link: the name that was there before
void record_at(const char* call, int folder, const char* path, int from_folder = AT_FDCWD,
               const char* from = nullptr, off_t flags = 0) {
    if (plan.record < 0) return;
    const int kept = errno;
    char real[PATH_MAX];
    char other[PATH_MAX] = "";
    if (real_path(folder, path, real) && counts(real) &&
        (from == nullptr || real_path(from_folder, from, other)))
        record(call, real, other, flags, nullptr, 0);
    errno = kept;
}

void record_symlink(const char* to, const char* path) {
    if (plan.record < 0) return;
    const int kept = errno;
    char real[PATH_MAX];
    if (real_path(AT_FDCWD, path, real) && counts(real)) record("symlink", real, to, 0, nullptr, 0);
    errno = kept;
}

/// Half of the bytes, then the end.
[[noreturn]] void tear(int descriptor, const void* data, std::size_t bytes, off_t at) {
    if (at < 0)
        ::syscall(SYS_write, descriptor, data, bytes / 2);
    else
        ::syscall(SYS_pwrite64, descriptor, data, bytes / 2, at);
    crash();
}

[[noreturn]] void tear(int descriptor, const iovec* parts, int count, off_t at) {
    std::size_t bytes = 0;
    for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
    std::size_t left = bytes / 2;
    for (int i = 0; i < count && left > 0; ++i) {
        const std::size_t now = std::min(left, parts[i].iov_len);
        if (at < 0) {
            ::syscall(SYS_write, descriptor, parts[i].iov_base, now);
        } else {
            ::syscall(SYS_pwrite64, descriptor, parts[i].iov_base, now, at);
            at += static_cast<off_t>(now);
        }
        left -= now;
    }
    crash();
}

}  // namespace

extern "C" {

// The library's own declarations say what may be null; ours must agree with them in nothing but the types.
ssize_t write(int fd, const void* data, size_t bytes) {
    static const auto real = next<ssize_t(int, const void*, size_t)>("write");
    if (change_of("write", fd, true)) tear(fd, data, bytes, -1);
    record_write(fd, data, bytes, -1);
    return real(fd, data, bytes);
}
ssize_t pwrite(int fd, const void* data, size_t bytes, off_t at) {
    return pwrite64(fd, data, bytes, at);
}
ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t at) {
    static const auto real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    if (change_of("pwrite", fd, true)) tear(fd, data, bytes, at);
    record_write(fd, data, bytes, at);
    return real(fd, data, bytes, at);
}
ssize_t writev(int fd, const iovec* parts, int count) {
    static const auto real = next<ssize_t(int, const iovec*, int)>("writev");
    if (change_of("writev", fd, true)) tear(fd, parts, count, -1);
    record_of("write", fd, -1, parts, count);
    return real(fd, parts, count);
}
ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
    return pwritev64(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t at) {
    static const auto real = next<ssize_t(int, const iovec*, int, off64_t)>("pwritev64");
    if (change_of("pwritev", fd, true)) tear(fd, parts, count, at);
    record_of("write", fd, at, parts, count);
    return real(fd, parts, count, at);
}
ssize_t copy_file_range(int from, off64_t* in, int to, off64_t* out, size_t bytes, unsigned flags) {
    static const auto real = next<ssize_t(int, off64_t*, int, off64_t*, size_t, unsigned)>("copy_file_range");
    change_of("copy_file_range", to);
    if (plan.record >= 0) {  // what a replay cannot know: who asks for it gets EXDEV, and copies by hand
        errno = EXDEV;
        return -1;
    }
    return real(from, in, to, out, bytes, flags);
}
int ftruncate(int fd, off_t size) noexcept {
    static const auto real = next<int(int, off_t)>("ftruncate");
    change_of("ftruncate", fd);
    record_of("ftruncate", fd, size);
    return real(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept {
    static const auto real = next<int(int, off64_t)>("ftruncate64");
    change_of("ftruncate", fd);
    record_of("ftruncate", fd, size);
    return real(fd, size);
}
int fallocate(int fd, int mode, off_t at, off_t bytes) {
    static const auto real = next<int(int, int, off_t, off_t)>("fallocate");
    change_of("fallocate", fd);
    record_of("fallocate", fd, (mode & FALLOC_FL_KEEP_SIZE) != 0 ? 0 : at + bytes);
    return real(fd, mode, at, bytes);
}
int fallocate64(int fd, int mode, off64_t at, off64_t bytes) {
    static const auto real = next<int(int, int, off64_t, off64_t)>("fallocate64");
    change_of("fallocate", fd);
    record_of("fallocate", fd, (mode & FALLOC_FL_KEEP_SIZE) != 0 ? 0 : at + bytes);
    return real(fd, mode, at, bytes);
}
int fsync(int fd) {
    static const auto real = next<int(int)>("fsync");
    change_of("fsync", fd);
    record_of("fsync", fd);
    return real(fd);
}
int fdatasync(int fd) {
    static const auto real = next<int(int)>("fdatasync");
    change_of("fdatasync", fd);
    record_of("fdatasync", fd);
    return real(fd);
}
int syncfs(int fd) noexcept {
    static const auto real = next<int(int)>("syncfs");
    change_of("syncfs", fd);
    record_of("syncfs", fd);
    return real(fd);
}
int rename(const char* from, const char* to) noexcept {
    static const auto real = next<int(const char*, const char*)>("rename");
    change_at("rename", AT_FDCWD, to);
    record_at("rename", AT_FDCWD, to, AT_FDCWD, from);
    return real(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    static const auto real = next<int(int, const char*, int, const char*)>("renameat");
    change_at("rename", to_folder, to);
    record_at("rename", to_folder, to, from_folder, from);
    return real(from_folder, from, to_folder, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
    static const auto real = next<int(int, const char*, int, const char*, unsigned)>("renameat2");
    change_at("rename", to_folder, to);
    record_at("rename", to_folder, to, from_folder, from, flags);
    return real(from_folder, from, to_folder, to, flags);
}
int unlink(const char* path) noexcept {
    static const auto real = next<int(const char*)>("unlink");
    change_at("unlink", AT_FDCWD, path);
    record_at("unlink", AT_FDCWD, path);
    return real(path);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
    static const auto real = next<int(int, const char*, int)>("unlinkat");
    change_at("unlink", folder, path);
    record_at("unlink", folder, path);
    return real(folder, path, flags);
}
int remove(const char* path) noexcept {
    static const auto real = next<int(const char*)>("remove");
    change_at("unlink", AT_FDCWD, path);
    record_at("unlink", AT_FDCWD, path);
    return real(path);
}
int rmdir(const char* path) noexcept {
    static const auto real = next<int(const char*)>("rmdir");
    change_at("rmdir", AT_FDCWD, path);
    record_at("rmdir", AT_FDCWD, path);
    return real(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
    static const auto real = next<int(const char*, mode_t)>("mkdir");
    change_at("mkdir", AT_FDCWD, path);
    record_at("mkdir", AT_FDCWD, path);
    return real(path, mode);
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
    static const auto real = next<int(int, const char*, mode_t)>("mkdirat");
    change_at("mkdir", folder, path);
    record_at("mkdir", folder, path);
    return real(folder, path, mode);
}
int link(const char* from, const char* to) noexcept {
    static const auto real = next<int(const char*, const char*)>("link");
    change_at("link", AT_FDCWD, to);
    record_at("link", AT_FDCWD, to, AT_FDCWD, from);
    return real(from, to);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
    static const auto real = next<int(int, const char*, int, const char*, int)>("linkat");
    change_at("link", to_folder, to);
    record_at("link", to_folder, to, from_folder, from);
    return real(from_folder, from, to_folder, to, flags);
}
int symlink(const char* to, const char* path) noexcept {
    static const auto real = next<int(const char*, const char*)>("symlink");
    change_at("symlink", AT_FDCWD, path);
    record_symlink(to, path);
    return real(to, path);
}
int open(const char* path, int flags, ...) {
    static const auto real = next<int(const char*, int, ...)>("open");
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & (O_CREAT | O_TRUNC)) != 0) {
        change_at("create", AT_FDCWD, path);
        record_at("create", AT_FDCWD, path, AT_FDCWD, nullptr, flags & (O_TRUNC | O_EXCL));
    }
    return real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    static const auto real = next<int(const char*, int, ...)>("open64");
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & (O_CREAT | O_TRUNC)) != 0) {
        change_at("create", AT_FDCWD, path);
        record_at("create", AT_FDCWD, path, AT_FDCWD, nullptr, flags & (O_TRUNC | O_EXCL));
    }
    return real(path, flags, mode);
}

}  // extern "C"
