#include "torrentgen/hashing/hash_worker.hpp"

#include <algorithm>
#include <cstring>

#include "torrentgen/hashing/merkle.hpp"

namespace shoal::hashing {
namespace {

/// All lanes' buffers of one thread together: large enough to make system calls rare, small enough to stay in
/// a core's second-level cache between read and hash.
constexpr std::size_t kStepBytes = 256u << 10;
static_assert(kStepBytes >= kMaxLanes * kBlockBytes, "a step is at least one block of every lane");

}  // namespace

HashWorker::HashWorker(HashJob& job)
    : job_(job),
      sha1_(job.options().sha1_kernels ? *job.options().sha1_kernels
                                       : KernelChoice::measured(Algorithm::kSha1)),
      sha256_(job.options().sha256_kernels ? *job.options().sha256_kernels
                                           : KernelChoice::measured(Algorithm::kSha256)),
      buffer_(make_aligned_buffer(kStepBytes)) {}

void HashWorker::run() {
    while (const auto group = job_.take([this](std::size_t available) { return wanted(available); })) {
        hash_group(*group);
        if (job_.stopping()) return;
    }
}

std::size_t HashWorker::wanted(std::size_t available) const {
    // v1 needs a piece for every lane. v2 finds its lanes in the blocks of one piece, where that has enough.
    if (job_.options().sha1) return std::min<std::size_t>(available, sha1_.best(available).lanes);
    const std::size_t blocks = job_.options().piece_size / kBlockBytes;
    return std::clamp<std::size_t>(2 * kMaxLanes / blocks, 1, kMaxLanes);
}

void HashWorker::prepare(const Group& group) {
    while (readers_.size() < group.count) {
        readers_.push_back(std::make_unique<ContentReader>(job_.content(), job_.read_policy()));
        leaves_.emplace_back();
    }
    data_bytes_.clear();
    for (unsigned i = 0; i < group.count; ++i) {
        const std::size_t piece = group.first + i;
        readers_[i]->seek(job_.piece_start(piece));
        data_bytes_.push_back(job_.options().sha256 ? job_.file_bytes(piece) : job_.piece_bytes(piece));
        leaves_[i].clear();
    }
}

void HashWorker::hash_group(const Group& group) {
    prepare(group);
    const std::size_t piece_bytes = job_.piece_bytes(group.first);
    const std::size_t step = kStepBytes / group.count / kBlockBytes * kBlockBytes;
    const bool sha1 = job_.options().sha1;
    // Padding counts in v1 and is not even zeros in v2.
    const std::size_t bytes = sha1 ? piece_bytes : *std::max_element(data_bytes_.begin(), data_bytes_.end());
    LaneHasher hasher(sha1_.best(group.count));
    hasher.start(group.count);
    Pointers lanes{};
    const auto data = std::span<const std::byte* const>(lanes).first(group.count);
    for (std::size_t done = 0; done < bytes; done += step) {
        if (job_.stopping()) return;
        const std::size_t part = std::min(step, bytes - done);
        read_step(group, step, done, part, lanes);
        if (sha1 && done + part < bytes) hasher.update(data, part);
        if (sha1 && done + part == bytes) hasher.finish(data, part, job_.result().sha1[group.first].data());
        if (job_.options().sha256) hash_blocks(group, lanes, done, part);
        job_.bytes_done.fetch_add(part * group.count, std::memory_order_relaxed);
    }
    job_.bytes_done.fetch_add((piece_bytes - bytes) * group.count, std::memory_order_relaxed);
    if (job_.options().sha256) make_piece_roots(group);
}

void HashWorker::read_step(const Group& group, std::size_t step, std::size_t done, std::size_t part,
                           Pointers& lanes) {
    for (unsigned i = 0; i < group.count; ++i) {
        const std::size_t here = done < data_bytes_[i] ? std::min(part, data_bytes_[i] - done) : 0;
        if (here == 0) {
            lanes[i] = zeros();
            continue;
        }
        std::byte* const out = buffer_.get() + i * step;
        if (!readers_[i]->read(out, here)) job_.mark_unreadable(group.first + i);
        if (here < part) std::memset(out + here, 0, part - here);
        lanes[i] = out;
    }
}

const std::byte* HashWorker::zeros() {
    if (!zeros_) zeros_ = std::make_unique<std::byte[]>(kStepBytes);
    return zeros_.get();
}

void HashWorker::hash_blocks(const Group& group, const Pointers& lanes, std::size_t done, std::size_t part) {
    messages_.clear();
    for (unsigned i = 0; i < group.count; ++i) {
        const std::size_t end = std::min(data_bytes_[i], done + part);
        for (std::size_t at = done; at < end; at += kBlockBytes) {
            messages_.push_back({lanes[i] + (at - done), std::min(kBlockBytes, end - at)});
        }
    }
    if (messages_.empty()) return;
    digests_.resize(messages_.size());
    hash_messages(sha256_.best(messages_.size()), messages_, digests_.front().data());
    auto next = digests_.begin();
    for (unsigned i = 0; i < group.count; ++i) {
        const std::size_t end = std::min(data_bytes_[i], done + part);
        for (std::size_t at = done; at < end; at += kBlockBytes) leaves_[i].push_back(*next++);
    }
}

void HashWorker::make_piece_roots(const Group& group) {
    for (unsigned i = 0; i < group.count; ++i) {
        const std::size_t piece = group.first + i;
        job_.result().sha256[piece] =
            merkle_root(sha256_.best(kMaxLanes), leaves_[i], job_.tree_width(piece), {});
    }
}

}  // namespace shoal::hashing
