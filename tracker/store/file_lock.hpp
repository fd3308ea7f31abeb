#pragma once

#include <filesystem>

namespace shoal::tracker {

/// Keeps a second tracker away from the same file, for as long as the object lives. flock(2) does not meet
/// SQLite's own locks, which are of the fcntl(2) kind: other programs may still read the file.
class FileLock {
  public:
    /// Creates the file where it is missing. Throws Error (kFileSystem).
    explicit FileLock(const std::filesystem::path& file);
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    int fd_ = -1;
};

}  // namespace shoal::tracker
