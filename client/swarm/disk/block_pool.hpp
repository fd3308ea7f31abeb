#pragma once

#include <cstddef>
#include <libtorrent/disk_buffer_holder.hpp>
#include <mutex>
#include <vector>

namespace shoal::client::disk {

inline constexpr std::size_t kBlock = 16 << 10;  ///< the unit in which peers ask and answer (BEP 3)

/// Memory for blocks on their way between sockets and files. Used blocks are kept for the next ones, the one
/// used last first, because that is still in the processor's cache. For any thread.
class BlockPool final : public lt::buffer_allocator_interface {
  public:
    BlockPool() = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool();

    /// kBlock bytes that start on a page, where the kernel copies fastest. Throws std::bad_alloc.
    char* allocate();
    void free_disk_buffer(char* block) override;

  private:
    std::mutex mutex_;
    std::vector<char*> unused_;
};

}  // namespace shoal::client::disk
