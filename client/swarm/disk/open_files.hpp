#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace shoal::client::disk {

/// A file descriptor that is closed with its last user.
class OpenFile {
  public:
    OpenFile(int descriptor, bool writable);
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] bool writable() const { return writable_; }
    /// Has it the size and the time of modification that it was opened with?
    [[nodiscard]] bool as_opened() const;

  private:
    struct Stamp {
        std::int64_t size = 0;
        std::int64_t modified_ns = 0;
        bool operator==(const Stamp&) const = default;
    };
    [[nodiscard]] Stamp stamp() const;

    int descriptor_;
    bool writable_;
    Stamp opened_;
};

/// The files that all torrents of a session have open: at most so many, the one used longest ago closed
/// first. For any thread.
class OpenFiles {
  public:
    using File = std::shared_ptr<const OpenFile>;
    using Owner = const void*;

    void limit(std::size_t count);

    /// Null where it is not open, or not for writing though that is wanted.
    File find(Owner owner, int index, bool for_writing);
    /// Opens `path` for reading and remembers it as file `index` of `owner`.
    /// @return null where it fails, and errno says why
    File open(Owner owner, int index, const std::string& path);
    /// The same for writing too. It is created, with the folders above it, and made `size` bytes long where
    /// it is shorter.
    /// @param permissions  of a new file, less the process's umask
    File create(Owner owner, int index, const std::string& path, std::int64_t size, mode_t permissions);
    void close_all(Owner owner);

  private:
    using Key = std::pair<Owner, int>;
    struct Entry {
        Key key;
        File file;
    };

    File remember(Owner owner, int index, int descriptor, bool writable);
    void forget_oldest();

    std::mutex mutex_;
    std::size_t limit_ = 500;
    std::list<Entry> used_;  // last used first
    std::map<Key, std::list<Entry>::iterator> by_key_;
};

}  // namespace shoal::client::disk
