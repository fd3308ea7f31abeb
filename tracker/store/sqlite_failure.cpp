#include "tracker/store/sqlite_failure.hpp"

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>

namespace shoal::tracker {
namespace {

constexpr int kPrimaryCode = 0xff;  // of an extended one

/// SQLite calls it an I/O error where it cannot enlarge the file that its processes share.
bool disk_is_full(const std::filesystem::path& file) {
    constexpr std::uintmax_t kLeast = 64 * 1024;
    std::error_code error;
    const auto space = std::filesystem::space(std::filesystem::absolute(file).parent_path(), error);
    return !error && space.available < kLeast;
}

std::string advice(int code, const std::filesystem::path& file) {
    switch (code & kPrimaryCode) {
        case SQLITE_IOERR:
            if (!disk_is_full(file)) return "the disk reported an error, see the kernel log";
            [[fallthrough]];
        case SQLITE_FULL:
            return "free some space on its disk, or name a file on another one with --db";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return "let the tracker's user write the file and its folder, where SQLite keeps -wal and -shm "
                   "beside it";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return "end what other programs do in it";
        case SQLITE_NOMEM:
            return "give the machine more memory";
        default:
            return fmt::format(
                "it is damaged: put a copy in its place, or move it away with its -wal and -shm to start "
                "empty; "
                "sqlite3 {} .recover shows what can still be read",
                file.native());
    }
}

}  // namespace

SqliteFailure explain(const SQLite::Exception& failure, const std::filesystem::path& file) {
    return {failure.what(), (failure.getErrorCode() & kPrimaryCode) == SQLITE_NOTADB
                                ? "move the file away, or name another one with --db"
                                : advice(failure.getErrorCode(), file)};
}

}  // namespace shoal::tracker
