#include "torrentgen/hashing/stream_hasher.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "common/error.hpp"
#include "torrentgen/hashing/aligned_buffer.hpp"
#include "torrentgen/hashing/kernel_choice.hpp"
#include "torrentgen/hashing/lane_hasher.hpp"
#include "torrentgen/hashing/merkle.hpp"

namespace shoal::hashing {
namespace {

constexpr std::size_t kChunkBytes =
    2u << 20;  // a multiple of a block, so that only the last one has a short block
constexpr std::size_t kChunks = 4;

struct Chunk {
    AlignedBuffer memory = make_aligned_buffer(kChunkBytes);
    std::size_t bytes = 0;
};

/// A ring of chunks between the reader and the hasher.
class Ring {
  public:
    /// For the reader: a chunk to fill; null where the hasher has failed.
    Chunk* wait_for_free() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return filled_ - used_ < kChunks || failed_; });
        return failed_ ? nullptr : &chunks_[filled_ % kChunks];
    }
    void push() {
        change([&] { ++filled_; });
    }
    void close() {
        change([&] { closed_ = true; });
    }

    /// For the hasher: the next chunk; null after the last.
    const Chunk* wait_for_filled() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return filled_ != used_ || closed_; });
        return filled_ == used_ ? nullptr : &chunks_[used_ % kChunks];
    }
    void pop() {
        change([&] { ++used_; });
    }
    void fail() {
        change([&] { failed_ = true; });
    }

  private:
    template <typename Function>
    void change(Function function) {
        const std::lock_guard lock(mutex_);
        function();
        changed_.notify_all();
    }

    std::array<Chunk, kChunks> chunks_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t filled_ = 0;
    std::size_t used_ = 0;
    bool closed_ = false;
    bool failed_ = false;
};

/// Cuts what arrives into pieces and blocks.
class StreamHasher {
  public:
    explicit StreamHasher(const HashOptions& options)
        : options_(options),
          sha1_(KernelChoice::measured(Algorithm::kSha1).best(1)),
          sha256_(KernelChoice::measured(Algorithm::kSha256)) {
        sha1_.start(1);
    }

    /// All but the last call bring a multiple of a block.
    void add(const std::byte* data, std::size_t bytes) {
        while (bytes > 0) {
            if (in_piece_ == options_.piece_size) end_piece(options_.piece_size / kBlockBytes);
            const std::size_t part = std::min<std::size_t>(bytes, options_.piece_size - in_piece_);
            const std::size_t whole = part / kCompressBytes * kCompressBytes;
            if (options_.sha1) sha1_.update(std::span(&data, 1), whole);
            tail_.assign(data + whole, data + part);
            if (options_.sha256) add_blocks(data, part);
            in_piece_ += part;
            data += part;
            bytes -= part;
        }
    }

    PieceHashes finish() {
        // A file of no more than one piece has a tree as wide as its blocks need.
        const bool single = piece_ == 0;
        if (in_piece_ > 0)
            end_piece(single ? std::bit_ceil(leaves_.size()) : options_.piece_size / kBlockBytes);
        result_.unreadable.resize(piece_);
        return std::move(result_);
    }

  private:
    void add_blocks(const std::byte* data, std::size_t bytes) {
        messages_.clear();
        for (std::size_t at = 0; at < bytes; at += kBlockBytes) {
            messages_.push_back({data + at, std::min(kBlockBytes, bytes - at)});
        }
        const std::size_t before = leaves_.size();
        leaves_.resize(before + messages_.size());
        hash_messages(sha256_.best(messages_.size()), messages_, leaves_[before].data());
    }

    void end_piece(std::size_t tree_width) {
        if (options_.sha1) {
            const std::byte* tail = tail_.data();
            result_.sha1.emplace_back();
            sha1_.finish(std::span(&tail, 1), tail_.size(), result_.sha1.back().data());
            sha1_.start(1);
        }
        if (options_.sha256) {
            result_.sha256.push_back(merkle_root(sha256_.best(kMaxLanes), leaves_, tree_width, {}));
            leaves_.clear();
        }
        tail_.clear();
        in_piece_ = 0;
        ++piece_;
    }

    const HashOptions& options_;
    LaneHasher sha1_;
    const KernelChoice& sha256_;
    std::size_t in_piece_ = 0;
    std::size_t piece_ = 0;
    std::vector<std::byte> tail_;  // less than 64 bytes, only ever at the end of the stream
    std::vector<Sha256Digest> leaves_;
    std::vector<Message> messages_;
    PieceHashes result_;
};

Error interrupted() {
    return {ExitCode::kInterrupted, "hashing", "interrupted", "nothing was written"};
}

/// Fills the chunk, or what is left of the stream.
/// @return false at the end
bool fill(Chunk& chunk, int fd, const std::string& name, const std::function<bool()>& go_on) {
    constexpr int kReportEvery = 100;  // milliseconds
    chunk.bytes = 0;
    while (chunk.bytes < kChunkBytes) {
        pollfd entry{fd, POLLIN, 0};
        const int ready = ::poll(&entry, 1, kReportEvery);
        if (!go_on()) throw interrupted();
        if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        const ssize_t n = ::read(fd, chunk.memory.get() + chunk.bytes, kChunkBytes - chunk.bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw file_error(name, errno);
        if (n == 0) return false;
        chunk.bytes += static_cast<std::size_t>(n);
    }
    return true;
}

}  // namespace

StreamHashes hash_stream(int file_descriptor, const std::string& name, const HashOptions& options,
                         const HashProgress& progress) {
    Ring ring;
    StreamHasher hasher(options);
    StreamHashes out;
    std::exception_ptr error;
    {
        std::jthread hashing([&] {
            try {
                while (const Chunk* chunk = ring.wait_for_filled()) {
                    hasher.add(chunk->memory.get(), chunk->bytes);
                    ring.pop();
                }
            } catch (...) {
                error = std::current_exception();
                ring.fail();
            }
        });
        struct Closer {
            Ring& ring;
            ~Closer() { ring.close(); }  // also where reading throws, or the thread would never end
        } closer{ring};
        bool more = true;
        while (more) {
            Chunk* chunk = ring.wait_for_free();
            if (chunk == nullptr) break;
            more = fill(*chunk, file_descriptor, name, [&] { return !progress || progress(out.size); });
            out.size += chunk->bytes;
            ring.push();
        }
    }
    if (error) std::rethrow_exception(error);
    out.hashes = hasher.finish();
    return out;
}

}  // namespace shoal::hashing
