#pragma once

#include <cstdint>
#include <map>
#include <span>

namespace shoal::client::disk {

/// The blocks of one torrent that were received and are not yet in its files, so that reads see them. Does
/// not own them. Offsets are bytes from the torrent's start. Belongs to one thread.
class PendingBlocks {
  public:
    enum class Coverage { kNone, kSome, kAll };

    /// A newer block at the same place hides the older one.
    void add(std::int64_t offset, std::span<const char> block) { blocks_[offset] = block; }
    /// Does nothing where a newer block took its place.
    void remove(std::int64_t offset, const char* block);
    /// Fills `out` with the bytes from `offset` on, where all of them are here.
    Coverage read(std::int64_t offset, std::span<char> out) const;
    [[nodiscard]] bool empty() const { return blocks_.empty(); }

  private:
    std::map<std::int64_t, std::span<const char>> blocks_;
};

}  // namespace shoal::client::disk
