#include "client/swarm/disk/block_pool.hpp"

#include <cstdlib>
#include <new>

namespace shoal::client::disk {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kKept = 128;  // 2 MiB: what a fast transfer uses between two batches

}  // namespace

BlockPool::~BlockPool() {
    for (char* block : unused_) std::free(block);
}

char* BlockPool::allocate() {
    {
        const std::lock_guard lock(mutex_);
        if (!unused_.empty()) {
            char* const block = unused_.back();
            unused_.pop_back();
            return block;
        }
    }
    void* const block = std::aligned_alloc(kPage, kBlock);
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<char*>(block);
}

void BlockPool::free_disk_buffer(char* block) {
    {
        const std::lock_guard lock(mutex_);
        if (unused_.size() < kKept) {
            unused_.push_back(block);
            return;
        }
    }
    std::free(block);
}

}  // namespace shoal::client::disk
