#include "torrentgen/hashing/vector_sha.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "tests/torrentgen/reference_hash.hpp"
#include "torrentgen/hashing/lane_hasher.hpp"

/// The sixteen-lane code on any processor: a vector of plain words that does what Intel's manual says of each
/// AVX-512 instruction, in place of the instruction.
namespace shoal::hashing {
namespace {

struct EmulatedWords {
    std::array<std::uint32_t, 16> v;

    static constexpr std::size_t kLanes = 16;

    template <typename Function>
    static EmulatedWords each(Function function) {
        EmulatedWords out{};
        for (std::size_t i = 0; i < kLanes; ++i) out.v[i] = function(i);
        return out;
    }
    static EmulatedWords load(const std::uint32_t* from) {
        return each([&](std::size_t i) { return from[i]; });
    }
    void store(std::uint32_t* to) const { std::memcpy(to, v.data(), sizeof v); }
    static EmulatedWords all(std::uint32_t value) {
        return each([&](std::size_t) { return value; });
    }
    friend EmulatedWords operator+(const EmulatedWords& x, const EmulatedWords& y) {
        return each([&](std::size_t i) { return x.v[i] + y.v[i]; });
    }
    friend EmulatedWords operator^(const EmulatedWords& x, const EmulatedWords& y) {
        return each([&](std::size_t i) { return x.v[i] ^ y.v[i]; });
    }
    template <int N>
    [[nodiscard]] EmulatedWords rotate_left() const {
        return each([&](std::size_t i) { return v[i] << N | v[i] >> (32 - N); });
    }
    template <int N>
    [[nodiscard]] EmulatedWords shift_right() const {
        return each([&](std::size_t i) { return v[i] >> N; });
    }
    /// vpternlogd: bit (x, y, z) of the table, x the highest.
    static EmulatedWords table(const EmulatedWords& x, const EmulatedWords& y, const EmulatedWords& z,
                               int truth) {
        return each([&](std::size_t i) {
            std::uint32_t out = 0;
            for (unsigned bit = 0; bit < 32; ++bit) {
                const unsigned index =
                    (x.v[i] >> bit & 1) << 2 | (y.v[i] >> bit & 1) << 1 | (z.v[i] >> bit & 1);
                out |= (static_cast<unsigned>(truth) >> index & 1) << bit;
            }
            return out;
        });
    }
    static EmulatedWords choose(const EmulatedWords& x, const EmulatedWords& y, const EmulatedWords& z) {
        return table(x, y, z, kChooseTable);
    }
    static EmulatedWords majority(const EmulatedWords& x, const EmulatedWords& y, const EmulatedWords& z) {
        return table(x, y, z, kMajorityTable);
    }
    static EmulatedWords xor3(const EmulatedWords& x, const EmulatedWords& y, const EmulatedWords& z) {
        return table(x, y, z, kXorTable);
    }

    /// vpunpckldq and its kin: interleave within each 128 bits.
    static EmulatedWords interleave(const EmulatedWords& x, const EmulatedWords& y, std::size_t first,
                                    std::size_t width) {
        EmulatedWords out{};
        for (std::size_t quarter = 0; quarter < 16; quarter += 4) {
            std::size_t at = quarter;
            for (std::size_t i = first; i < first + 2 / width * width; i += width) {
                for (std::size_t k = 0; k < width; ++k) out.v[at++] = x.v[quarter + i + k];
                for (std::size_t k = 0; k < width; ++k) out.v[at++] = y.v[quarter + i + k];
            }
        }
        return out;
    }
    static EmulatedWords lo32(const EmulatedWords& x, const EmulatedWords& y) {
        return interleave(x, y, 0, 1);
    }
    static EmulatedWords hi32(const EmulatedWords& x, const EmulatedWords& y) {
        return interleave(x, y, 2, 1);
    }
    static EmulatedWords lo64(const EmulatedWords& x, const EmulatedWords& y) {
        return interleave(x, y, 0, 2);
    }
    static EmulatedWords hi64(const EmulatedWords& x, const EmulatedWords& y) {
        return interleave(x, y, 2, 2);
    }
    /// vshufi32x4: two quarters of x, then two of y.
    static EmulatedWords quarters(const EmulatedWords& x, const EmulatedWords& y, std::size_t first) {
        return each([&](std::size_t i) {
            const std::size_t quarter = first + (i / 4 % 2) * 2;
            return (i < 8 ? x : y).v[quarter * 4 + i % 4];
        });
    }
    static EmulatedWords even128(const EmulatedWords& x, const EmulatedWords& y) { return quarters(x, y, 0); }
    static EmulatedWords odd128(const EmulatedWords& x, const EmulatedWords& y) { return quarters(x, y, 1); }

    static void load_block(EmulatedWords* words, const std::byte* const* data, std::size_t offset) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            words[lane] = each([&](std::size_t i) {
                std::uint32_t word = 0;
                std::memcpy(&word, data[lane] + offset + 4 * i, 4);
                return __builtin_bswap32(word);
            });
        }
        transpose16(words);
    }
};

TEST(Transpose16, TurnsRowsIntoColumns) {
    std::array<EmulatedWords, 16> rows;
    for (std::uint32_t row = 0; row < 16; ++row) {
        rows[row] = EmulatedWords::each(
            [&](std::size_t column) { return row * 100 + static_cast<std::uint32_t>(column); });
    }
    transpose16(rows.data());
    for (std::uint32_t row = 0; row < 16; ++row) {
        for (std::uint32_t column = 0; column < 16; ++column) {
            EXPECT_EQ(rows[row].v[column], column * 100 + row);
        }
    }
}

void compress_sha1(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    sha1_compress<EmulatedWords>(states, data, blocks);
}

void compress_sha256(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    sha256_compress<EmulatedWords>(states, data, blocks);
}

TEST(SixteenLanes, AgreeWithOpenSsl) {
    const auto data = test::random_bytes(10'000, 1);
    for (const LaneKernel& kernel : {LaneKernel{"emulated", Algorithm::kSha1, 16, compress_sha1},
                                     LaneKernel{"emulated", Algorithm::kSha256, 16, compress_sha256}}) {
        std::vector<Message> messages;
        for (std::size_t i = 0; i < 40; ++i) messages.push_back({data.data() + i, i * 13 % 300 + i * 5});
        const std::size_t bytes = digest_bytes(kernel.algorithm);
        std::vector<std::uint8_t> digests(bytes * messages.size());
        hash_messages(kernel, messages, digests.data());
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const std::vector<std::uint8_t> digest(&digests[i * bytes], &digests[i * bytes] + bytes);
            EXPECT_EQ(digest, test::reference_hash(kernel.algorithm, messages[i].data, messages[i].size));
        }
    }
}

}  // namespace
}  // namespace shoal::hashing
