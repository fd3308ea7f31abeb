#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <optional>
#include <string>

#include "tracker/model/record.hpp"
#include "tracker/store/file_lock.hpp"

namespace shoal::tracker {

/// The SQLite file of a store: checked, locked against a second tracker, and kept in its place. Beside the
/// errors below, all functions let SQLite::Exception through.
class StoreFile {
  public:
    /// Opens or creates it and brings its layout up to date. Throws Error (kFileSystem); see Store.
    explicit StoreFile(const std::filesystem::path& path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Stays the same object over return_to_place().
    [[nodiscard]] SQLite::Database& database() { return database_; }

    /// False while the file, or what SQLite keeps beside it, is no longer where it was.
    [[nodiscard]] bool in_place() const;
    /// Makes that true again: a deleted file lives on for who has it open, and all of it goes into a new one.
    /// Throws StoreFailure where others have put a file in its place, or when it has just failed; Error and
    /// std::filesystem::filesystem_error where that is so.
    void return_to_place(UnixSeconds now);

  private:
    void open();
    void close();
    void copy_aside();
    void move_copy_in();
    [[nodiscard]] std::filesystem::path beside(const char* suffix) const;

    FileLock lock_;
    std::filesystem::path path_;  ///< without links, as SQLite has it for what it keeps beside the file
    SQLite::Database database_;
    bool is_open_ = false;
    bool has_log_ = false;           ///< SQLite keeps -wal and -shm beside the file
    std::optional<FileLock> copy_;   ///< all of the file, in another one beside it that is to take its place
    std::optional<FileLock> other_;  ///< what others have put in the place
    std::string copy_failure_;       ///< why the last copy was not made
    UnixSeconds next_copy_ = 0;
};

}  // namespace shoal::tracker
