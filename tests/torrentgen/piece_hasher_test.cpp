#include "torrentgen/hashing/piece_hasher.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/torrentgen/reference_hash.hpp"
#include "torrentgen/hashing/kernel_choice.hpp"
#include "torrentgen/hashing/merkle.hpp"

namespace shoal::hashing {
namespace {

using shoal::test::TemporaryFolder;
using test::random_bytes;
using test::reference_hash;

constexpr std::uint32_t kPiece = 32768;

/// Files with random bytes on disk, and what they are end to end.
struct Fixture {
    TemporaryFolder folder;
    std::vector<ContentFile> files;
    std::vector<std::byte> stream;

    void add(std::size_t size) {
        const auto bytes = random_bytes(size, files.size() + 1);
        const auto path = folder / std::to_string(files.size());
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));
        files.push_back({path.string(), size, false});
        stream.insert(stream.end(), bytes.begin(), bytes.end());
    }
    void add_padding(std::size_t size) {
        files.push_back({"", size, true});
        stream.resize(stream.size() + size);
    }
};

template <typename Digest>
Digest to_digest(const std::vector<std::uint8_t>& bytes) {
    Digest digest;
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

std::vector<Sha1Digest> reference_pieces(const std::vector<std::byte>& stream, std::size_t piece) {
    std::vector<Sha1Digest> out;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        out.push_back(to_digest<Sha1Digest>(
            reference_hash(Algorithm::kSha1, stream.data() + at, std::min(piece, stream.size() - at))));
    }
    return out;
}

HashOptions options(std::uint32_t piece, unsigned threads) {
    HashOptions out;
    out.piece_size = piece;
    out.threads = threads;
    return out;
}

/// Every choice between one kernel and the portable one, the wide one being worth its lanes or not.
std::vector<KernelChoice> choices(Algorithm algorithm) {
    std::vector<KernelChoice> out;
    for (const LaneKernel& kernel : usable_kernels(algorithm)) {
        out.push_back(KernelChoice({{kernel, 1.0}}));
        out.push_back(KernelChoice({{portable_kernel(algorithm), 1.0}, {kernel, 2.0}}));
    }
    return out;
}

TEST(HashPieces, OfOneFileOfAnyLengthAroundAPiecesEdges) {
    const auto kernels = choices(Algorithm::kSha1);
    for (const unsigned pieces : {0u, 1u, 2u, 5u, 8u, 15u, 16u, 17u, 33u}) {
        for (const int off : {-1, 0, 1, 16384}) {
            const auto size = static_cast<std::int64_t>(pieces) * kPiece + off;
            if (size <= 0) continue;
            Fixture fixture;
            fixture.add(static_cast<std::size_t>(size));
            for (const KernelChoice& choice : kernels) {
                for (const unsigned threads : {1u, 3u}) {
                    HashOptions with = options(kPiece, threads);
                    with.sha1_kernels = &choice;
                    const auto hashes = hash_pieces(Content(fixture.files), with, {});
                    ASSERT_EQ(hashes.sha1, reference_pieces(fixture.stream, kPiece))
                        << size << " bytes, " << threads << " threads, "
                        << choice.kernels().back().kernel.name;
                }
            }
        }
    }
}

TEST(HashPieces, OfPiecesLargerThanAReadingStep) {
    Fixture fixture;
    fixture.add(5'000'000);
    for (const std::uint32_t piece : {1u << 20, 3u * 16384 * 11, 8u << 20}) {
        EXPECT_EQ(hash_pieces(Content(fixture.files), options(piece, 2), {}).sha1,
                  reference_pieces(fixture.stream, piece));
    }
}

TEST(HashPieces, AcrossManySmallEmptyAndPaddingFiles) {
    Fixture fixture;
    for (std::size_t i = 0; i < 300; ++i) {
        fixture.add(i * 37 % 5000);
        if (i % 10 == 0) fixture.add(0);
        if (i % 7 == 0) fixture.add_padding(i * 11);
    }
    fixture.add(0);
    const auto hashes = hash_pieces(Content(fixture.files), options(kPiece, 4), {});
    EXPECT_EQ(hashes.sha1, reference_pieces(fixture.stream, kPiece));
}

TEST(HashPieces, MakesTheRootOfEachPieceOfAlignedContent) {
    Fixture fixture;
    std::vector<Sha256Digest> expected;
    const LaneKernel& kernel = portable_kernel(Algorithm::kSha256);
    for (const std::size_t size : {1u, 16384u, 16385u, 32768u, 32769u, 100'000u, 600'000u, 7u}) {
        const std::size_t start = fixture.stream.size();
        fixture.add(size);
        for (std::size_t at = 0; at < size; at += kPiece) {
            std::vector<Sha256Digest> leaves;
            const std::size_t end = std::min<std::size_t>(size, at + kPiece);
            for (std::size_t block = at; block < end; block += kBlockBytes) {
                leaves.push_back(to_digest<Sha256Digest>(reference_hash(Algorithm::kSha256,
                                                                        fixture.stream.data() + start + block,
                                                                        std::min(kBlockBytes, end - block))));
            }
            const std::size_t width = size > kPiece ? kPiece / kBlockBytes : std::bit_ceil(leaves.size());
            expected.push_back(merkle_root(kernel, leaves, width, {}));
        }
        if (size % kPiece != 0) fixture.add_padding(kPiece - size % kPiece);
    }
    const auto sha1 = choices(Algorithm::kSha1);
    const auto sha256 = choices(Algorithm::kSha256);
    for (std::size_t i = 0; i < sha256.size(); ++i) {
        for (const bool with_sha1 : {false, true}) {
            HashOptions both = options(kPiece, 2);
            both.sha1 = with_sha1;
            both.sha256 = true;
            both.sha1_kernels = &sha1[i];
            both.sha256_kernels = &sha256[i];
            const auto hashes = hash_pieces(Content(fixture.files), both, {});
            EXPECT_EQ(hashes.sha256, expected);
            EXPECT_EQ(hashes.sha1.empty(), !with_sha1);
            if (with_sha1) {
                EXPECT_EQ(hashes.sha1, reference_pieces(fixture.stream, kPiece));
            }
        }
    }
}

void expect_file_error(const Content& content, const std::string& named) {
    try {
        hash_pieces(content, options(kPiece, 2), {});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kFileSystem);
        EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
    }
}

TEST(HashPieces, NamesAFileThatIsGoneShorterOrLonger) {
    for (const int change : {0, 1, 2}) {
        Fixture fixture;
        fixture.add(100'000);
        fixture.add(50'000);
        fixture.add(100'000);
        const std::string path = fixture.files[1].path;
        if (change == 0) std::filesystem::remove(path);
        if (change == 1) std::filesystem::resize_file(path, 49'999);
        if (change == 2) std::filesystem::resize_file(path, 50'001);
        expect_file_error(Content(fixture.files), path);
    }
}

TEST(HashPieces, NamesAFifoInAFilesPlace) {
    Fixture fixture;
    fixture.add(100);
    std::filesystem::remove(fixture.files[0].path);
    ASSERT_EQ(::mkfifo(fixture.files[0].path.c_str(), 0600), 0);
    expect_file_error(Content(fixture.files), fixture.files[0].path);
}

TEST(HashPieces, MarksThePiecesThatCannotBeReadWhereAsked) {
    Fixture fixture;
    fixture.add(3 * kPiece);
    fixture.add(kPiece + 100);
    fixture.add(2 * kPiece);
    std::filesystem::remove(fixture.files[1].path);
    std::filesystem::resize_file(fixture.files[2].path, kPiece);
    HashOptions mark = options(kPiece, 2);
    mark.on_unreadable = OnUnreadable::kMark;
    const auto hashes = hash_pieces(Content(fixture.files), mark, {});
    EXPECT_EQ(hashes.unreadable, (std::vector<bool>{false, false, false, true, true, true, true}));
    const auto expected = reference_pieces(fixture.stream, kPiece);
    EXPECT_TRUE(std::equal(expected.begin(), expected.begin() + 3, hashes.sha1.begin()));
}

TEST(HashPieces, StopsWhenTheProgressFunctionSaysSo) {
    // Sparse, so that it outlasts the first report however fast the machine.
    TemporaryFolder folder;
    const auto path = folder / "large";
    std::ofstream(path).put('x');
    constexpr std::uint64_t kLarge = std::uint64_t{1} << 40;
    std::filesystem::resize_file(path, kLarge);
    int calls = 0;
    const Content content({{path.string(), kLarge, false}});
    try {
        hash_pieces(content, options(5u << 20, 2), [&](std::uint64_t done) {
            EXPECT_LT(done, kLarge);
            return ++calls > 1 ? false : true;
        });
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kInterrupted);
    }
    EXPECT_GE(calls, 2);
}

TEST(HashPieces, ReportsAllBytesAtTheEnd) {
    Fixture fixture;
    fixture.add(100'000);
    std::uint64_t last = 0;
    hash_pieces(Content(fixture.files), options(kPiece, 1), [&](std::uint64_t done) {
        last = done;
        return true;
    });
    EXPECT_EQ(last, 100'000u);
}

}  // namespace
}  // namespace shoal::hashing
