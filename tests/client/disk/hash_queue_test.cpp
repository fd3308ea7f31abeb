#include "client/swarm/disk/hash_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/sha1_hash.hpp>
#include <libtorrent/storage_defs.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/swarm/disk/open_files.hpp"
#include "client/swarm/disk/storage.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::client::disk {
namespace {

constexpr int kPieceSize = 16 << 10;
constexpr int kPieces = 8;

/// Pieces of a file that is not there: what matters is which are taken together.
class HashQueueTest : public ::testing::Test {
  protected:
    HashQueueTest() {
        files_.set_piece_length(kPieceSize);
        files_.add_file("content", kPieces * kPieceSize);
        files_.set_num_pieces(kPieces);
        const std::string folder = folder_.path().string();
        const lt::storage_params params(files_, nullptr, folder, lt::storage_mode_sparse, choices_,
                                        lt::sha1_hash());
        storage_ = std::make_shared<Storage>(params, open_files_);
    }

    HashJob job(int piece) {
        HashJob result;
        result.storage = storage_;
        result.piece = lt::piece_index_t(piece);
        result.offset = std::int64_t{piece} * kPieceSize;
        result.v2_bytes = kPieceSize;  // its lanes do not depend on the processor
        result.blocks = {&digests_.at(static_cast<std::size_t>(piece)), 1};
        return result;
    }

    test::TemporaryFolder folder_;
    lt::file_storage files_;
    lt::aux::vector<lt::download_priority_t, lt::file_index_t> choices_;
    OpenFiles open_files_;
    std::shared_ptr<Storage> storage_;
    std::array<lt::sha256_hash, kPieces> digests_;
};

TEST_F(HashQueueTest, TakesAPieceAtOnceAndTogetherWhatCameMeanwhile) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::size_t> batches;
    bool all_added = false;
    metrics::Histogram times(metrics::slow_bounds());
    HashQueue queue(1, times, [&](const std::vector<HashJob>& jobs) {
        std::unique_lock lock(mutex);
        batches.push_back(jobs.size());
        changed.notify_all();
        changed.wait(lock, [&] { return all_added; });
    });
    queue.add(job(0));
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !batches.empty(); });  // for ever, if a piece waited for others
    for (int piece = 1; piece < kPieces; ++piece) queue.add(job(piece));
    all_added = true;
    changed.notify_all();
    changed.wait(lock, [&] { return batches.size() == 2; });
    EXPECT_THAT(batches, testing::ElementsAre(1U, kPieces - 1U));
}

}  // namespace
}  // namespace shoal::client::disk
