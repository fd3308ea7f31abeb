#include "client/swarm/disk/disk_io.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/disk_observer.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/peer_request.hpp>
#include <libtorrent/performance_counters.hpp>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/storage_defs.hpp>
#include <memory>
#include <random>
#include <string>

#include "tests/support/temporary_folder.hpp"
#include "tests/torrentgen/reference_hash.hpp"

namespace shoal::client::disk {
namespace {

namespace fs = std::filesystem;

constexpr int kBlockBytes = 16 << 10;
constexpr int kPieceBytes = 4 * kBlockBytes;

struct Settings final : lt::settings_interface {
    bool has_val(int) const override { return true; }
    void set_str(int, std::string) override {}
    void set_int(int name, int value) override {
        if (name == lt::settings_pack::max_queued_disk_bytes) queue = value;
    }
    void set_bool(int, bool) override {}
    const std::string& get_str(int) const override { return text; }
    int get_int(int name) const override {
        return name == lt::settings_pack::max_queued_disk_bytes ? queue : 2;
    }
    bool get_bool(int) const override { return false; }
    std::string text;
    int queue = 8 << 20;
};

struct Observer final : lt::disk_observer {
    void on_disk() override { ++calls; }
    int calls = 0;
};

using FileChoices = lt::aux::vector<lt::download_priority_t, lt::file_index_t>;

/// A torrent of three files, of which the second begins and ends within pieces: "a" (5 blocks and 100 bytes),
/// "b/c" (one block), "d" (2 pieces).
class DiskIoTest : public ::testing::Test {
  protected:
    DiskIoTest() {
        files_.set_piece_length(kPieceBytes);
        files_.add_file("t/a", 5 * kBlockBytes + 100);
        files_.add_file("t/b/c", kBlockBytes);
        files_.add_file("t/d", 2 * kPieceBytes);
        files_.set_num_pieces(static_cast<int>((files_.total_size() + kPieceBytes - 1) / kPieceBytes));
        std::mt19937 random(1);
        content_.resize(static_cast<std::size_t>(files_.total_size()));
        for (char& byte : content_) byte = static_cast<char>(random());
    }

    void open(FileChoices choices = {}) {
        disk_ = make_disk_io(network_, settings_, counters_);
        const std::string folder = folder_.path().string();
        const lt::storage_params params(files_, nullptr, folder, lt::storage_mode_sparse, choices,
                                        lt::sha1_hash());
        torrent_ = disk_->new_torrent(params, owner_);
        disk_->async_check_files(torrent_, nullptr, {},
                                 [this](lt::status_t status, const lt::storage_error& error) {
                                     checked_ = status;
                                     EXPECT_FALSE(error) << error.ec.message();
                                 });
        run();
    }

    /// What it was opened with: all files but t/b/c.
    FileChoices open_without_second_file() {
        FileChoices choices;
        choices.resize(3, lt::default_priority);
        choices[lt::file_index_t(1)] = lt::dont_download;
        open(choices);
        return choices;
    }

    void run() {
        network_.restart();
        network_.run();
    }

    [[nodiscard]] int piece_bytes(int piece) const { return files_.piece_size(lt::piece_index_t(piece)); }

    bool write(int piece, int start) {
        const int bytes = std::min(kBlockBytes, piece_bytes(piece) - start);
        const auto offset = static_cast<std::size_t>(piece * kPieceBytes + start);
        return disk_->async_write(torrent_, {lt::piece_index_t(piece), start, bytes},
                                  content_.data() + offset, observer_,
                                  [this](const lt::storage_error& error) {
                                      ++written_;
                                      if (error) write_error_ = error;
                                  });
    }
    void write_piece(int piece) {
        for (int start = 0; start < piece_bytes(piece); start += kBlockBytes) write(piece, start);
    }
    void write_all() {
        for (int piece = 0; piece < files_.num_pieces(); ++piece) write_piece(piece);
    }

    void read(int piece, int start, int bytes) {
        disk_->async_read(torrent_, {lt::piece_index_t(piece), start, bytes},
                          [this](const lt::disk_buffer_holder& block, const lt::storage_error& error) {
                              read_error_ = error;
                              read_.assign(block.data(), static_cast<std::size_t>(block.size()));
                          });
    }
    void expect_read(int piece, int start, int bytes) {
        read(piece, start, bytes);
        run();
        ASSERT_FALSE(read_error_) << read_error_.ec.message();
        EXPECT_TRUE(read_ == content_.substr(static_cast<std::size_t>(piece * kPieceBytes + start),
                                             static_cast<std::size_t>(bytes)));
    }

    [[nodiscard]] std::string file(const std::string& name) const {
        std::ifstream in(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    [[nodiscard]] std::string content(int file) const {
        const lt::file_index_t index(file);
        return content_.substr(static_cast<std::size_t>(files_.file_offset(index)),
                               static_cast<std::size_t>(files_.file_size(index)));
    }
    [[nodiscard]] lt::sha1_hash sha1_of(int piece) const {
        const auto digest = hashing::test::reference_hash(
            hashing::Algorithm::kSha1, content_.data() + static_cast<std::size_t>(piece) * kPieceBytes,
            static_cast<std::size_t>(piece_bytes(piece)));
        return lt::sha1_hash(reinterpret_cast<const char*>(digest.data()));
    }

    test::TemporaryFolder folder_;
    lt::io_context network_;
    Settings settings_;
    lt::counters counters_;
    lt::file_storage files_;
    std::string content_;
    std::shared_ptr<void> owner_ = std::make_shared<int>();
    std::shared_ptr<Observer> observer_ = std::make_shared<Observer>();
    std::unique_ptr<lt::disk_interface> disk_;
    lt::storage_holder torrent_;
    lt::status_t checked_{};
    int written_ = 0;
    lt::storage_error write_error_;
    lt::storage_error read_error_;
    std::string read_;
};

TEST_F(DiskIoTest, ABlockIsReadAsSoonAsItIsHandedOver) {
    open();
    write(0, 0);
    write(0, kBlockBytes);
    expect_read(0, 0, kBlockBytes);  // from memory
    expect_read(0, 100, 2 * 8192);   // across two blocks
    EXPECT_EQ(written_, 2);
    expect_read(0, kBlockBytes, kBlockBytes);  // by now from the file
}

TEST_F(DiskIoTest, AReadThatIsHalfInMemoryWaitsForTheFile) {
    open();
    write(0, 0);
    run();
    write(0, kBlockBytes);
    expect_read(0, 8192, kBlockBytes);
}

TEST_F(DiskIoTest, AllFilesHoldTheirBytes) {
    open();
    write_all();
    run();
    EXPECT_FALSE(write_error_);
    EXPECT_TRUE(file("t/a") == content(0));
    EXPECT_TRUE(file("t/b/c") == content(1));
    EXPECT_TRUE(file("t/d") == content(2));
    expect_read(1, kBlockBytes, kBlockBytes);  // "a" ends in it, and "b/c" begins
}

TEST_F(DiskIoTest, APieceIsHashedThoughNothingOfItIsWrittenYet) {
    open();
    write_all();
    int hashed = 0;
    for (int piece = 0; piece < files_.num_pieces(); ++piece) {
        disk_->async_hash(
            torrent_, lt::piece_index_t(piece), {}, lt::disk_interface::v1_hash,
            [&, piece](lt::piece_index_t, const lt::sha1_hash& digest, const lt::storage_error& error) {
                EXPECT_FALSE(error) << error.ec.message();
                EXPECT_EQ(digest, sha1_of(piece));
                ++hashed;
            });
    }
    run();
    EXPECT_EQ(hashed, files_.num_pieces());
}

TEST_F(DiskIoTest, BlocksOfTheSecondVersionAreHashedToo) {
    lt::file_storage single;
    single.set_piece_length(kPieceBytes);
    single.add_file("t", static_cast<std::int64_t>(content_.size()));
    single.set_num_pieces(files_.num_pieces());
    files_ = single;
    open();
    write_all();
    std::vector<lt::sha256_hash> place(4);
    const lt::span<lt::sha256_hash> in_the_handler(place);
    std::vector<lt::sha256_hash> blocks;
    bool v1_too = false;
    // The handler owns what it asks to be filled, as libtorrent's does.
    disk_->async_hash(torrent_, lt::piece_index_t(1), in_the_handler, lt::disk_interface::v1_hash,
                      [&, place = std::move(place)](lt::piece_index_t, const lt::sha1_hash& digest,
                                                    const lt::storage_error& error) {
                          EXPECT_FALSE(error);
                          v1_too = digest == sha1_of(1);
                          blocks = place;
                      });
    lt::sha256_hash one;
    disk_->async_hash2(
        torrent_, lt::piece_index_t(1), kBlockBytes, {},
        [&](lt::piece_index_t, const lt::sha256_hash& digest, const lt::storage_error&) { one = digest; });
    run();
    EXPECT_TRUE(v1_too);
    ASSERT_EQ(blocks.size(), 4u);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto digest = hashing::test::reference_hash(
            hashing::Algorithm::kSha256, content_.data() + kPieceBytes + i * kBlockBytes, kBlockBytes);
        EXPECT_EQ(blocks[i], lt::sha256_hash(reinterpret_cast<const char*>(digest.data())));
    }
    EXPECT_EQ(one, blocks[1]);
}

TEST_F(DiskIoTest, AMissingFileIsAnErrorThatNamesIt) {
    open();
    lt::storage_error failed;
    disk_->async_hash(
        torrent_, lt::piece_index_t(0), {}, lt::disk_interface::v1_hash,
        [&](lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error& error) { failed = error; });
    run();
    EXPECT_EQ(failed.ec, boost::system::errc::no_such_file_or_directory);
    EXPECT_EQ(failed.file(), lt::file_index_t(0));
    read(0, 0, kBlockBytes);
    run();
    EXPECT_EQ(read_error_.ec, boost::system::errc::no_such_file_or_directory);
}

TEST_F(DiskIoTest, AFailedWriteSaysWhichFileAndWhy) {
    open();
    std::ofstream(folder_ / "t") << "a file where the folder should be";
    write(0, 0);
    run();
    EXPECT_EQ(written_, 1);
    EXPECT_EQ(write_error_.ec, boost::system::errc::not_a_directory);
    EXPECT_EQ(write_error_.file(), lt::file_index_t(0));
}

TEST_F(DiskIoTest, WhoWritesFasterThanTheDiskIsHeldBackAndToldWhenToGoOn) {
    settings_.queue = 2 * kBlockBytes;
    open();
    EXPECT_FALSE(write(0, 0));
    EXPECT_FALSE(write(0, kBlockBytes));
    EXPECT_TRUE(write(0, 2 * kBlockBytes));
    EXPECT_EQ(observer_->calls, 0);
    run();
    EXPECT_EQ(observer_->calls, 1);
    EXPECT_FALSE(write(0, 3 * kBlockBytes));
    run();
}

TEST_F(DiskIoTest, WhatIsFlushedIsInTheFiles) {
    open();
    write_all();
    bool flushed = false;
    disk_->async_release_files(torrent_, [&] {
        flushed = true;
        EXPECT_TRUE(file("t/d") == content(2));
    });
    run();
    EXPECT_TRUE(flushed);
}

TEST_F(DiskIoTest, ContentMovesWithWhatWasWrittenJustBefore) {
    open();
    write_all();
    const std::string target = (folder_ / "elsewhere").string();
    disk_->async_move_storage(
        torrent_, target, lt::move_flags_t::fail_if_exist,
        [&](lt::status_t status, const std::string& folder, const lt::storage_error& error) {
            EXPECT_EQ(status, lt::status_t::no_error) << error.ec.message();
            EXPECT_EQ(folder, target);
        });
    read(0, 0, kBlockBytes);
    run();
    EXPECT_FALSE(read_error_);
    EXPECT_TRUE(file("elsewhere/t/b/c") == content(1));
    EXPECT_FALSE(fs::exists(folder_ / "t"));
    expect_read(2, 0, kBlockBytes);
}

TEST_F(DiskIoTest, AMoveOntoOtherContentIsRefused) {
    open();
    write_all();
    fs::create_directories(folder_ / "elsewhere/t");
    std::ofstream(folder_ / "elsewhere/t/d") << "mine";
    lt::status_t status{};
    disk_->async_move_storage(
        torrent_, (folder_ / "elsewhere").string(), lt::move_flags_t::fail_if_exist,
        [&](lt::status_t s, const std::string&, const lt::storage_error&) { status = s; });
    run();
    EXPECT_EQ(status, lt::status_t::file_exist);
    EXPECT_EQ(file("elsewhere/t/d"), "mine");
    EXPECT_TRUE(file("t/a") == content(0));
}

TEST_F(DiskIoTest, ARenamedFileIsReadUnderItsNewName) {
    open();
    write_all();
    disk_->async_rename_file(torrent_, lt::file_index_t(1), "t/new/name",
                             [](const std::string&, lt::file_index_t, const lt::storage_error& error) {
                                 EXPECT_FALSE(error) << error.ec.message();
                             });
    run();
    EXPECT_TRUE(file("t/new/name") == content(1));
    expect_read(1, kBlockBytes, kBlockBytes);
}

TEST_F(DiskIoTest, DeletingLeavesNothingOfItsOwn) {
    open();
    write_all();
    std::ofstream(folder_ / "t-other") << "stays";
    disk_->async_delete_files(torrent_, lt::session_handle::delete_files, [](const lt::storage_error& error) {
        EXPECT_FALSE(error) << error.ec.message();
    });
    run();
    EXPECT_FALSE(fs::exists(folder_ / "t"));
    EXPECT_TRUE(fs::exists(folder_ / "t-other"));
}

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

TEST_F(DiskIoTest, AFileThatIsNotWantedIsNotMadeUntilItIs) {
    FileChoices choices = open_without_second_file();
    write_piece(1);
    run();
    EXPECT_FALSE(fs::exists(folder_ / "t/b"));
    expect_read(1, kBlockBytes, kBlockBytes);
    choices[lt::file_index_t(1)] = lt::default_priority;
    disk_->async_set_file_priority(torrent_, choices, [](const lt::storage_error& error, const auto&) {
        EXPECT_FALSE(error) << error.ec.message();
    });
    run();
    EXPECT_TRUE(file("t/b/c") == content(1));
    expect_read(1, kBlockBytes, kBlockBytes);
}

TEST_F(DiskIoTest, AHashThatLacksAFileThatIsNotWantedNamesIt) {
    open_without_second_file();
    write_piece(0);
    run();
    lt::storage_error failure;
    disk_->async_hash(
        torrent_, lt::piece_index_t(1), {}, lt::disk_interface::v1_hash,
        [&](lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error& error) { failure = error; });
    run();
    EXPECT_TRUE(failure);
    EXPECT_EQ(failure.file(), lt::file_index_t(1));
}

TEST_F(DiskIoTest, AFileThatCannotTakeItsBytesOverKeepsThemWhereTheyWere) {
    FileChoices choices = open_without_second_file();
    write_piece(1);
    run();
    std::ofstream(folder_ / "t/b") << "in the way of the folder";
    choices[lt::file_index_t(1)] = lt::default_priority;
    lt::storage_error failure;
    const auto choose = [&] {
        disk_->async_set_file_priority(torrent_, choices,
                                       [&](const lt::storage_error& error, const auto&) { failure = error; });
        run();
    };
    choose();
    EXPECT_TRUE(failure);
    expect_read(1, kBlockBytes, kBlockBytes);
    fs::remove(folder_ / "t/b");
    choose();
    EXPECT_FALSE(failure) << failure.ec.message();
    EXPECT_TRUE(file("t/b/c") == content(1));
}

TEST_F(DiskIoTest, ResumeDataIsBelievedOnlyWhereTheFilesAreThere) {
    open();
    EXPECT_EQ(checked_, lt::status_t::no_error);  // nothing is there, and nobody says so
    lt::add_torrent_params resume;
    resume.have_pieces.resize(files_.num_pieces(), true);
    const auto check = [&](const lt::add_torrent_params* data) {
        lt::status_t status{};
        disk_->async_check_files(torrent_, data, {},
                                 [&](lt::status_t s, const lt::storage_error&) { status = s; });
        run();
        return status;
    };
    EXPECT_EQ(check(&resume), lt::status_t::need_full_check);
    write_all();
    run();
    EXPECT_EQ(check(&resume), lt::status_t::no_error);
    EXPECT_EQ(check(nullptr), lt::status_t::need_full_check);
    fs::resize_file(folder_ / "t/d", 10);
    EXPECT_EQ(check(&resume), lt::status_t::need_full_check);
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
