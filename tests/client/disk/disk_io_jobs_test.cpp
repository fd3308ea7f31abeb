#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <libtorrent/session_handle.hpp>

#include "tests/client/disk/disk_io_fixture.hpp"

// Jobs that wait, and what becomes of them when their torrent or the session ends.
namespace shoal::client::disk {
namespace {

/// What a check under way has asked for is of no use any more, and takes its time.
class DiskIoDeletionTest : public DiskIoTest {
  protected:
    void hash(int piece) {
        ++asked_;
        disk_->async_hash(
            torrent_, lt::piece_index_t(piece), {}, lt::disk_interface::v1_hash,
            [this, piece](lt::piece_index_t, const lt::sha1_hash& digest, const lt::storage_error& error) {
                EXPECT_FALSE(deleted_);
                if (error.ec == boost::asio::error::operation_aborted) {
                    ++cancelled_;
                } else {
                    EXPECT_FALSE(error) << error.ec.message();
                    EXPECT_EQ(digest, sha1_of(piece));
                    ++hashed_;
                }
            });
    }
    void remove() {
        disk_->async_delete_files(torrent_, lt::session_handle::delete_files,
                                  [this](const lt::storage_error& error) {
                                      EXPECT_FALSE(error) << error.ec.message();
                                      deleted_ = true;
                                  });
    }
    void TearDown() override {
        run();
        EXPECT_TRUE(deleted_);
        EXPECT_FALSE(fs::exists(folder_ / "t"));
        EXPECT_EQ(hashed_ + cancelled_, asked_);
    }
    int asked_ = 0;
    int hashed_ = 0;
    int cancelled_ = 0;
    bool deleted_ = false;
};

TEST_F(DiskIoDeletionTest, CancelsTheHashesInTheQueue) {
    open();
    write_all();
    run();
    // More than any thread has read before the next line of this test.
    for (int i = 0; i < 20'000; ++i) hash(i % files_.num_pieces());
    remove();
    EXPECT_EQ(hashed_ + cancelled_, 0);  // told by the network thread's loop, not from within a call
    run();
    EXPECT_GT(cancelled_, 0);
}

TEST_F(DiskIoDeletionTest, CancelsTheHashesThatWaitForWrites) {
    open();
    write_all();
    for (int piece = 0; piece < files_.num_pieces(); ++piece) hash(piece);
    remove();
    run();
    EXPECT_EQ(cancelled_, asked_);
}

TEST_F(DiskIoDeletionTest, CancelsTheHashesThatWaitForAnotherJob) {
    open();
    write_all();
    run();
    disk_->async_release_files(torrent_, [] {});
    hash(0);
    remove();
    run();
    EXPECT_EQ(cancelled_, asked_);
}

TEST_F(DiskIoTest, ACheckOfEverythingWaitsWhileAnotherKeepsTheThreadsBusy) {
    open();
    write_all();
    run();
    const std::string folder = folder_.path().string();
    const FileChoices all;
    const lt::storage_holder other =
        disk_->new_torrent({files_, nullptr, folder, lt::storage_mode_sparse, all, lt::sha1_hash()}, owner_);
    constexpr int kBusy = 2 * 2 * 16;  // two threads, sixteen pieces side by side, and as many that wait
    constexpr int kMore = 10;
    int hashed = 0;
    for (int i = 0; i < kBusy + kMore; ++i) {
        disk_->async_hash(
            torrent_, lt::piece_index_t(0), {},
            lt::disk_interface::v1_hash | lt::disk_interface::sequential_access,
            [&](lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error&) { ++hashed; });
    }
    int hashed_before = 0;
    disk_->async_check_files(other, nullptr, {}, [&](lt::status_t status, const lt::storage_error&) {
        EXPECT_EQ(status, lt::status_t::need_full_check);
        hashed_before = hashed;
    });
    run();
    EXPECT_GT(hashed_before, kMore);
    EXPECT_EQ(hashed, kBusy + kMore);
}

TEST_F(DiskIoTest, AbortAnswersEverybodyAndKeepsWhatWasReceived) {
    open();
    write_all();
    int answers = 0;
    for (int piece = 0; piece < files_.num_pieces(); ++piece) {
        disk_->async_hash(
            torrent_, lt::piece_index_t(piece), {}, lt::disk_interface::v1_hash,
            [&](lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error&) { ++answers; });
    }
    bool stopped = false;
    disk_->async_stop_torrent(torrent_, [&] { stopped = true; });
    disk_->abort(false);
    run();
    EXPECT_EQ(answers, files_.num_pieces());
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(file("t/d") == content(2));
    torrent_.reset();
    disk_.reset();
}

}  // namespace
}  // namespace shoal::client::disk
