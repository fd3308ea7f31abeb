#include "client/swarm/disk/hash_job.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "client/swarm/disk/storage.hpp"
#include "torrentgen/hashing/aligned_buffer.hpp"
#include "torrentgen/hashing/kernel_choice.hpp"
#include "torrentgen/hashing/lane_hasher.hpp"

namespace shoal::client::disk {
namespace {

using hashing::Algorithm;
using hashing::kBlockBytes;
using hashing::KernelChoice;
using hashing::kMaxLanes;

constexpr auto kBlock = static_cast<std::int64_t>(kBlockBytes);
/// All pieces' buffers together: stays in a core's second-level cache between the read and the hash.
constexpr std::size_t kStepBytes = kMaxLanes * kBlockBytes;
static_assert(sizeof(lt::sha256_hash) == 32 && sizeof(lt::sha1_hash) == 20);

class Batch {
  public:
    explicit Batch(std::span<HashJob> jobs)
        : jobs_(jobs),
          step_(kStepBytes / jobs.size() / kBlockBytes * kBlockBytes),
          buffer_(hashing::make_aligned_buffer(kStepBytes)),
          v1_bytes_(jobs.front().v1_bytes),
          hasher_(KernelChoice::measured(Algorithm::kSha1).best(jobs.size())) {
        for (std::size_t i = 0; i < jobs_.size(); ++i) lanes_[i] = buffer_.get() + i * step_;
    }

    void run() {
        std::int64_t bytes = v1_bytes_;
        for (const HashJob& job : jobs_) {
            bytes = std::max(bytes, job.v2_bytes);
            if (job.in_order) job.storage->will_read(job.offset, std::max(job.v1_bytes, job.v2_bytes));
        }
        if (v1_bytes_ != 0) hasher_.start(static_cast<unsigned>(jobs_.size()));
        for (std::int64_t done = 0; done < bytes; done += static_cast<std::int64_t>(step_)) {
            const auto part = std::min(static_cast<std::int64_t>(step_), bytes - done);
            for (std::size_t i = 0; i < jobs_.size(); ++i) read(i, done, part);
            hash_pieces(done, part);
            hash_blocks(done, part);
        }
    }

  private:
    void read(std::size_t index, std::int64_t done, std::int64_t part) {
        HashJob& job = jobs_[index];
        const std::int64_t here = std::min(part, std::max(job.v1_bytes, job.v2_bytes) - done);
        if (here <= 0 || job.error) return;
        job.storage->read(job.offset + done,
                          {reinterpret_cast<char*>(lanes_[index]), static_cast<std::size_t>(here)},
                          Storage::Wait::kYes, job.error);
    }

    void hash_pieces(std::int64_t done, std::int64_t part) {
        if (done >= v1_bytes_) return;
        const std::span<const std::byte* const> data(lanes_.data(), jobs_.size());
        const auto bytes = static_cast<std::size_t>(std::min(part, v1_bytes_ - done));
        if (done + static_cast<std::int64_t>(bytes) < v1_bytes_) return hasher_.update(data, bytes);
        std::array<hashing::Sha1Digest, kMaxLanes> digests{};
        hasher_.finish(data, bytes, digests.front().data());
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            std::memcpy(jobs_[i].digest.data(), digests[i].data(), digests[i].size());
        }
    }

    void hash_blocks(std::int64_t done, std::int64_t part) {
        messages_.clear();
        results_.clear();
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            const std::int64_t end = std::min(jobs_[i].v2_bytes, done + part);
            for (std::int64_t at = done; at < end; at += kBlock) {
                const auto block = static_cast<std::size_t>(at / kBlock);
                if (block >= static_cast<std::size_t>(jobs_[i].blocks.size())) break;
                messages_.push_back({lanes_[i] + (at - done), static_cast<std::size_t>(std::min<std::int64_t>(
                                                                  kBlockBytes, end - at))});
                results_.push_back(&jobs_[i].blocks[static_cast<std::ptrdiff_t>(block)]);
            }
        }
        if (messages_.empty()) return;
        digests_.resize(messages_.size());
        hashing::hash_messages(KernelChoice::measured(Algorithm::kSha256).best(messages_.size()), messages_,
                               digests_.front().data());
        for (std::size_t i = 0; i < results_.size(); ++i) {
            std::memcpy(results_[i]->data(), digests_[i].data(), digests_[i].size());
        }
    }

    std::span<HashJob> jobs_;
    std::size_t step_;
    hashing::AlignedBuffer buffer_;
    std::int64_t v1_bytes_;
    hashing::LaneHasher hasher_;
    std::array<std::byte*, kMaxLanes> lanes_{};
    std::vector<hashing::Message> messages_;
    std::vector<lt::sha256_hash*> results_;
    std::vector<hashing::Sha256Digest> digests_;
};

}  // namespace

void hash_side_by_side(std::span<HashJob> jobs) {
    Batch(jobs).run();
}

}  // namespace shoal::client::disk
