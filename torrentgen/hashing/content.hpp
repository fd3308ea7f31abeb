#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace shoal::hashing {

struct ContentFile {
    std::string path;        ///< where to read it; unused for padding
    std::uint64_t size = 0;  ///< bytes
    bool pad = false;        ///< zeros that are on no disk (BEP 47)
};

/// Files end to end, as pieces see them.
class Content {
  public:
    explicit Content(std::vector<ContentFile> files);

    [[nodiscard]] const std::vector<ContentFile>& files() const { return files_; }
    [[nodiscard]] std::uint64_t size() const { return offsets_.back(); }
    /// Where file `index` starts; index files().size() is the end.
    [[nodiscard]] std::uint64_t offset(std::size_t index) const { return offsets_[index]; }
    /// The file that holds this byte; empty files hold none.
    [[nodiscard]] std::size_t file_at(std::uint64_t offset) const;

  private:
    std::vector<ContentFile> files_;
    std::vector<std::uint64_t> offsets_;
};

enum class OnUnreadable {
    kThrow,  ///< Error (kFileSystem) that names the file
    kMark    ///< zeros instead, and the caller is told
};

/// How all readers of one job read, and what they found out.
struct ReadPolicy {
    OnUnreadable on_unreadable = OnUnreadable::kThrow;
    /// Gives the page cache back behind the reader, unless the content was cached before.
    bool drop_behind = false;
    /// Set by the first read that had to wait for a disk.
    std::atomic<bool> cold{false};
};

/// Reads a Content from any position on. Not for two threads at once.
class ContentReader {
  public:
    ContentReader(const Content& content, ReadPolicy& policy);
    ContentReader(const ContentReader&) = delete;
    ContentReader& operator=(const ContentReader&) = delete;
    ~ContentReader();

    void seek(std::uint64_t offset);
    /// Fills `size` bytes from here on; past the end there is nothing to read.
    /// @return false where a byte was not there to read (only with kMark)
    bool read(std::byte* out, std::size_t size);
    /// Asks the kernel to have the next `size` bytes in memory soon, and moves past them. Waits for nothing
    /// but a full device queue; errors are left for read() to find.
    void prefetch(std::uint64_t size);

  private:
    bool read_from_file(std::byte* out, std::size_t size, std::uint64_t offset);
    /// pread(2) that notes whether it had to wait.
    ssize_t read_some(std::byte* out, std::size_t size, std::uint64_t offset);
    /// @return 0 or errno
    int open_file(std::size_t index);
    void close_file();
    void drop_what_was_read();

    const Content* content_;
    ReadPolicy& policy_;
    std::uint64_t position_ = 0;
    std::size_t file_ = 0;
    std::size_t open_file_;
    int fd_ = -1;
    std::uint64_t read_begin_ = 0;  // of the open file, since the last seek
    std::uint64_t read_end_ = 0;
};

}  // namespace shoal::hashing
