// Compiled with -mavx2; called only where the processor has it.
#include <immintrin.h>

#include "torrentgen/hashing/vector_sha.hpp"
#include "torrentgen/hashing/x86_kernels.hpp"

namespace shoal::hashing {
namespace {

#define SHOAL_INLINE inline __attribute__((always_inline))

struct Words8 {
    __m256i v;

    static constexpr std::size_t kLanes = kAvx2Lanes;

    static SHOAL_INLINE Words8 load_bytes(const void* from) {
        return {_mm256_loadu_si256(static_cast<const __m256i*>(from))};
    }
    static SHOAL_INLINE Words8 load(const std::uint32_t* from) { return load_bytes(from); }
    SHOAL_INLINE void store(std::uint32_t* to) const {
        void* bytes = to;
        _mm256_storeu_si256(static_cast<__m256i*>(bytes), v);
    }
    static SHOAL_INLINE Words8 all(std::uint32_t value) {
        return {_mm256_set1_epi32(static_cast<int>(value))};
    }
    friend SHOAL_INLINE Words8 operator+(Words8 x, Words8 y) { return {_mm256_add_epi32(x.v, y.v)}; }
    friend SHOAL_INLINE Words8 operator^(Words8 x, Words8 y) { return {_mm256_xor_si256(x.v, y.v)}; }
    template <int N>
    SHOAL_INLINE Words8 rotate_left() const {
        // An addition runs on more ports than a shift.
        const __m256i left = N == 1 ? _mm256_add_epi32(v, v) : _mm256_slli_epi32(v, N);
        return {_mm256_or_si256(left, _mm256_srli_epi32(v, 32 - N))};
    }
    template <int N>
    SHOAL_INLINE Words8 shift_right() const {
        return {_mm256_srli_epi32(v, N)};
    }
    static SHOAL_INLINE Words8 choose(Words8 x, Words8 y, Words8 z) {
        return {_mm256_xor_si256(z.v, _mm256_and_si256(x.v, _mm256_xor_si256(y.v, z.v)))};
    }
    static SHOAL_INLINE Words8 majority(Words8 x, Words8 y, Words8 z) {
        return {
            _mm256_or_si256(_mm256_and_si256(x.v, y.v), _mm256_and_si256(z.v, _mm256_or_si256(x.v, y.v)))};
    }
    static SHOAL_INLINE Words8 xor3(Words8 x, Words8 y, Words8 z) { return x ^ y ^ z; }

    /// Words 0 to 7 of eight lanes, or 8 to 15 where `data` is 32 bytes further on.
    static SHOAL_INLINE void load_half(Words8* words, const std::byte* const* data, std::size_t offset) {
        const __m256i big_endian =
            _mm256_broadcastsi128_si256(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
        __m256i r[8];
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            r[lane] = _mm256_shuffle_epi8(load_bytes(data[lane] + offset).v, big_endian);
        }
        __m256i t[8];
        for (std::size_t i = 0; i < 8; i += 2) {
            t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
            t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
        }
        __m256i u[8];
        for (std::size_t q = 0; q < 8; q += 4) {
            u[q] = _mm256_unpacklo_epi64(t[q], t[q + 2]);
            u[q + 1] = _mm256_unpackhi_epi64(t[q], t[q + 2]);
            u[q + 2] = _mm256_unpacklo_epi64(t[q + 1], t[q + 3]);
            u[q + 3] = _mm256_unpackhi_epi64(t[q + 1], t[q + 3]);
        }
        for (std::size_t c = 0; c < 4; ++c) {
            words[c].v = _mm256_permute2x128_si256(u[c], u[4 + c], 0x20);
            words[4 + c].v = _mm256_permute2x128_si256(u[c], u[4 + c], 0x31);
        }
    }
    static SHOAL_INLINE void load_block(Words8* words, const std::byte* const* data, std::size_t offset) {
        load_half(words, data, offset);
        load_half(words + 8, data, offset + 32);
    }
};

}  // namespace

void compress_sha1_avx2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    sha1_compress<Words8>(states, data, blocks);
}

void compress_sha256_avx2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    sha256_compress<Words8>(states, data, blocks);
}

}  // namespace shoal::hashing
