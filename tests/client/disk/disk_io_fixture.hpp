#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/disk_observer.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/peer_request.hpp>
#include <libtorrent/performance_counters.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/storage_defs.hpp>
#include <memory>
#include <random>
#include <string>

#include "client/swarm/disk/disk_io.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/torrentgen/reference_hash.hpp"

namespace shoal::client::disk {
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
        disk_ = make_disk_io(network_, settings_, counters_, times_);
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

    void choose(const FileChoices& choices) {
        disk_->async_set_file_priority(torrent_, choices, [](const lt::storage_error& error, const auto&) {
            EXPECT_FALSE(error) << error.ec.message();
        });
        run();
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

    /// Of a hash of that piece; nothing where it went well.
    lt::storage_error hash_error(int piece) {
        lt::storage_error failure;
        disk_->async_hash(torrent_, lt::piece_index_t(piece), {}, lt::disk_interface::v1_hash,
                          [&](lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error& error) {
                              failure = error;
                          });
        run();
        return failure;
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
    std::shared_ptr<DiskTimes> times_ = std::make_shared<DiskTimes>();
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

}  // namespace shoal::client::disk
