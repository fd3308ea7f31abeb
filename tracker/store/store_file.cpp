#include "tracker/store/store_file.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <string>
#include <utility>

#include "common/file_io.hpp"
#include "common/log.hpp"
#include "tracker/store/schema.hpp"
#include "tracker/store/sqlite_failure.hpp"
#include "tracker/store/store.hpp"

namespace shoal::tracker {

namespace fs = std::filesystem;

namespace {

constexpr int kBusyTimeoutMs = 500;
constexpr const char* kNowhere = ":memory:";

/// As a URI for SQLite, which then touches neither the file nor anything beside it.
std::string untouched(const fs::path& path) {
    std::string uri = "file://";
    const std::string plain = fs::absolute(path).lexically_normal().native();
    for (const char c : plain)
        uri += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02x}", c) : std::string(1, c);
    return uri + "?immutable=1";
}

/// Before anything is opened for writing, which may leave traces in a file that is not ours.
void look_first(const fs::path& path) {
    try {
        SQLite::Database database(untouched(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI);
        refuse_other_programs(database, path);
    } catch (const SQLite::Exception&) {
        // After a crash it may make sense only together with its log, which is read next.
    }
}

void check(SQLite::Database& database) {
    const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString();
    if (found != "ok") throw SQLite::Exception(found, SQLITE_CORRUPT);
}

}  // namespace

StoreFile::StoreFile(const fs::path& path) : lock_(path), path_(fs::canonical(path)), database_(kNowhere) {
    open();
}

fs::path StoreFile::beside(const char* suffix) const {
    return path_.native() + suffix;
}

void StoreFile::open() {
    look_first(path_);
    database_ =
        SQLite::Database(path_.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    refuse_other_programs(database_, path_);
    check(database_);
    has_log_ = database_.execAndGet("PRAGMA journal_mode = WAL").getString() == "wal";
    // Against a crash of the program WAL is safe in any mode; NORMAL also never tears the file when the
    // power fails, and then loses what came after the last checkpoint.
    database_.exec("PRAGMA synchronous = NORMAL");
    database_.exec("PRAGMA journal_size_limit = 67108864");
    // KiB; half of what SQLite takes. Each batch goes through the file once, in its order.
    database_.exec("PRAGMA cache_size = -1024");
    migrate(database_);
    is_open_ = true;
}

void StoreFile::close() {
    database_ = SQLite::Database(kNowhere);
    is_open_ = false;
}

bool StoreFile::in_place() const {
    const auto is_there = [this](const char* suffix) {
        std::error_code error;
        return fs::exists(beside(suffix), error);
    };
    return is_open_ && lock_.is_at(path_) && (!has_log_ || (is_there("-wal") && is_there("-shm")));
}

void StoreFile::return_to_place(UnixSeconds now) {
    constexpr UnixSeconds kPatience = 5;  // between two copies, which cost time and space
    std::error_code error;
    if (fs::exists(path_, error) && !lock_.is_at(path_)) {
        // Held, so that no second tracker begins with it.
        if (!other_ || !other_->is_at(path_)) other_.emplace(path_);
        throw StoreFailure(
            "the file was replaced while the tracker ran: stop the tracker first when its file is to be "
            "replaced");
    }
    if (is_open_) {
        if (now < next_copy_) throw StoreFailure(copy_failure_);
        next_copy_ = now + kPatience;
        copy_aside();
        close();
    }
    if (copy_) move_copy_in();
    open();
    log::error("the database was deleted while the tracker runs, all of it is in a new file now",
               {{"file", path_.native()}});
}

void StoreFile::copy_aside() {
    const fs::path copy = beside(".new");
    try {
        fs::remove(copy);
        SQLite::Statement vacuum(database_, "VACUUM INTO ?");
        vacuum.bind(1, copy.native());
        vacuum.exec();
    } catch (const SQLite::Exception& failure) {
        const SqliteFailure explained = explain(failure, path_);
        copy_failure_ = fmt::format("the file was deleted, and cannot be written anew: {}: {}", explained.why,
                                    explained.advice);
        throw StoreFailure(copy_failure_);
    }
    copy_.emplace(copy);
}

void StoreFile::move_copy_in() {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(beside(suffix));
    if (lock_.is_at(path_)) fs::remove(path_);
    fs::create_hard_link(beside(".new"), path_);  // unlike a rename, never over a file that others put there
    fs::remove(beside(".new"));
    sync_folder(path_.parent_path());
    lock_ = std::move(*copy_);
    copy_.reset();
}

}  // namespace shoal::tracker
