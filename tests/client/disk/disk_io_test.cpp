#include "client/swarm/disk/disk_io.hpp"

#include <gtest/gtest.h>

#include <libtorrent/session_handle.hpp>

#include "tests/client/disk/disk_io_fixture.hpp"

namespace shoal::client::disk {
namespace {

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

TEST_F(DiskIoTest, ItCountsPiecesThatAreHashedAndCallsThatWrite) {
    open();
    write_piece(0);
    run();
    EXPECT_FALSE(hash_error(0));
    EXPECT_EQ(times_->write.counts().at_most.back(), 1);  // neighbours with one call
    EXPECT_EQ(times_->piece_hash.counts().at_most.back(), 1);
    EXPECT_GT(times_->piece_hash.counts().sum.count(), 0);
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
    const lt::storage_error failed = hash_error(0);
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

TEST_F(DiskIoTest, ARenameTakesNoOtherFilesNameOrContent) {
    FileChoices choices = open_without_second_file();
    std::ofstream(folder_ / "mine") << "mine";
    lt::storage_error failure;
    const auto rename = [&](int file, const char* name) {
        failure = {};
        disk_->async_rename_file(
            torrent_, lt::file_index_t(file), name,
            [&](const std::string&, lt::file_index_t, const lt::storage_error& error) { failure = error; });
        run();
    };
    write_all();
    run();
    rename(0, "mine");
    EXPECT_TRUE(failure);
    EXPECT_EQ(file("mine"), "mine");
    // What is not wanted is not under its name: what is there is somebody else's.
    fs::create_directories(folder_ / "t/b");
    std::ofstream(folder_ / "t/b/c") << "mine too";
    rename(1, ".shoal-1/c");
    EXPECT_FALSE(failure);
    EXPECT_EQ(file("t/b/c"), "mine too");
    expect_read(1, kBlockBytes, kBlockBytes);
    choices[lt::file_index_t(1)] = lt::default_priority;
    choose(choices);
    EXPECT_TRUE(file(".shoal-1/c") == content(1));
    EXPECT_EQ(file("t/b/c"), "mine too");
}

TEST_F(DiskIoTest, WhatIsNotWantedAnyMoreLeavesTheHiddenFolder) {
    open();
    disk_->async_rename_file(torrent_, lt::file_index_t(1), ".shoal-1/c",
                             [](const std::string&, lt::file_index_t, const lt::storage_error& error) {
                                 EXPECT_FALSE(error) << error.ec.message();
                             });
    run();
    write_piece(1);
    run();
    EXPECT_TRUE(file(".shoal-1/c") == content(1));
    FileChoices choices;
    choices.resize(3, lt::default_priority);
    choices[lt::file_index_t(1)] = lt::dont_download;
    choose(choices);
    EXPECT_FALSE(fs::exists(folder_ / ".shoal-1/c"));
    expect_read(1, kBlockBytes, kBlockBytes);
    choices[lt::file_index_t(1)] = lt::default_priority;
    choose(choices);
    EXPECT_TRUE(file(".shoal-1/c") == content(1));
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
    const lt::storage_error failure = hash_error(1);
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

}  // namespace
}  // namespace shoal::client::disk
