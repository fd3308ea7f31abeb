#pragma once

#include <filesystem>

namespace shoal::tracker {

/// Keeps a second tracker away from the same file, for as long as the object lives. flock(2) does not meet
/// SQLite's own locks, which are of the fcntl(2) kind: other programs may still read the file.
class FileLock {
  public:
    /// Creates the file where it is missing. Throws Error (kFileSystem).
    explicit FileLock(const std::filesystem::path& file);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

    /// Is the locked file still the one with that name? The lock stays with it when it is deleted or renamed.
    [[nodiscard]] bool is_at(const std::filesystem::path& file) const;

  private:
    int fd_ = -1;
};

}  // namespace shoal::tracker
