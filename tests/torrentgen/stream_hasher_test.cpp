#include "torrentgen/hashing/stream_hasher.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/torrentgen/reference_hash.hpp"

namespace shoal::hashing {
namespace {

/// A pipe with a thread that writes `bytes` to it in parts of uneven sizes.
class Pipe {
  public:
    explicit Pipe(const std::vector<std::byte>& bytes) {
        if (::pipe(ends_.data()) != 0) throw std::runtime_error("pipe");
        writer_ = std::jthread([this, &bytes] {
            std::size_t at = 0;
            for (std::size_t part = 1; at < bytes.size(); part = part * 3 % 70'001 + 1) {
                const ssize_t n = ::write(ends_[1], bytes.data() + at, std::min(part, bytes.size() - at));
                if (n <= 0) break;
                at += static_cast<std::size_t>(n);
            }
            ::close(ends_[1]);
        });
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() { ::close(ends_[0]); }
    [[nodiscard]] int reader() const { return ends_[0]; }

  private:
    std::array<int, 2> ends_{};
    std::jthread writer_;
};

TEST(HashStream, EqualsHashingTheSameFile) {
    shoal::test::TemporaryFolder folder;
    for (const std::size_t size :
         {1u, 63u, 64u, 16384u, 16385u, 65535u, 65536u, 65537u, 2'097'152u, 5'000'001u}) {
        const auto bytes = test::random_bytes(size, size);
        const auto path = folder / "f";
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));
        const Content content({{path.string(), size, false}});
        for (const std::uint32_t piece : {16384u, 65536u, 4u << 20}) {
            HashOptions options;
            options.piece_size = piece;
            options.sha256 = true;
            const Pipe pipe(bytes);
            const StreamHashes stream = hash_stream(pipe.reader(), "pipe", options, {});
            const PieceHashes file = hash_pieces(content, options, {});
            EXPECT_EQ(stream.size, size);
            EXPECT_EQ(stream.hashes.sha1, file.sha1) << size << " in pieces of " << piece;
            EXPECT_EQ(stream.hashes.sha256, file.sha256) << size << " in pieces of " << piece;
        }
    }
}

TEST(HashStream, StopsWhenToldEvenWhileNothingArrives) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    HashOptions options;
    options.piece_size = 16384;
    EXPECT_THROW(hash_stream(ends[0], "pipe", options, [](std::uint64_t) { return false; }), Error);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(HashStream, NamesWhatCannotBeRead) {
    HashOptions options;
    options.piece_size = 16384;
    const int fd = ::open("/", O_RDONLY | O_DIRECTORY);
    try {
        hash_stream(fd, "the pipe", options, {});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kFileSystem);
        EXPECT_EQ(std::string(error.what()).find("the pipe: Is a directory"), 0u) << error.what();
    }
    ::close(fd);
}

}  // namespace
}  // namespace shoal::hashing
