// Compiled with -mavx512f -mavx512bw; called only where the processor has both.
#include <immintrin.h>

#include "torrentgen/hashing/vector_sha.hpp"
#include "torrentgen/hashing/x86_kernels.hpp"

namespace shoal::hashing {
namespace {

#define SHOAL_INLINE inline __attribute__((always_inline))

struct Words16 {
    __m512i v;

    static constexpr std::size_t kLanes = kAvx512Lanes;

    static SHOAL_INLINE Words16 load(const std::uint32_t* from) { return {_mm512_loadu_si512(from)}; }
    SHOAL_INLINE void store(std::uint32_t* to) const { _mm512_storeu_si512(to, v); }
    static SHOAL_INLINE Words16 all(std::uint32_t value) {
        return {_mm512_set1_epi32(static_cast<int>(value))};
    }
    friend SHOAL_INLINE Words16 operator+(Words16 x, Words16 y) { return {_mm512_add_epi32(x.v, y.v)}; }
    friend SHOAL_INLINE Words16 operator^(Words16 x, Words16 y) { return {_mm512_xor_si512(x.v, y.v)}; }
    template <int N>
    SHOAL_INLINE Words16 rotate_left() const {
        return {_mm512_rol_epi32(v, N)};
    }
    template <int N>
    SHOAL_INLINE Words16 shift_right() const {
        return {_mm512_srli_epi32(v, N)};
    }
    static SHOAL_INLINE Words16 choose(Words16 x, Words16 y, Words16 z) {
        return {_mm512_ternarylogic_epi32(x.v, y.v, z.v, kChooseTable)};
    }
    static SHOAL_INLINE Words16 majority(Words16 x, Words16 y, Words16 z) {
        return {_mm512_ternarylogic_epi32(x.v, y.v, z.v, kMajorityTable)};
    }
    static SHOAL_INLINE Words16 xor3(Words16 x, Words16 y, Words16 z) {
        return {_mm512_ternarylogic_epi32(x.v, y.v, z.v, kXorTable)};
    }

    static SHOAL_INLINE Words16 lo32(Words16 x, Words16 y) { return {_mm512_unpacklo_epi32(x.v, y.v)}; }
    static SHOAL_INLINE Words16 hi32(Words16 x, Words16 y) { return {_mm512_unpackhi_epi32(x.v, y.v)}; }
    static SHOAL_INLINE Words16 lo64(Words16 x, Words16 y) { return {_mm512_unpacklo_epi64(x.v, y.v)}; }
    static SHOAL_INLINE Words16 hi64(Words16 x, Words16 y) { return {_mm512_unpackhi_epi64(x.v, y.v)}; }
    static SHOAL_INLINE Words16 even128(Words16 x, Words16 y) {
        return {_mm512_shuffle_i32x4(x.v, y.v, _MM_SHUFFLE(2, 0, 2, 0))};
    }
    static SHOAL_INLINE Words16 odd128(Words16 x, Words16 y) {
        return {_mm512_shuffle_i32x4(x.v, y.v, _MM_SHUFFLE(3, 1, 3, 1))};
    }

    static SHOAL_INLINE void load_block(Words16* words, const std::byte* const* data, std::size_t offset) {
        const __m512i big_endian =
            _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            words[lane].v = _mm512_shuffle_epi8(_mm512_loadu_si512(data[lane] + offset), big_endian);
        }
        transpose16(words);
    }
};

}  // namespace

void compress_sha1_avx512(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    sha1_compress<Words16>(states, data, blocks);
}

void compress_sha256_avx512(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    sha256_compress<Words16>(states, data, blocks);
}

}  // namespace shoal::hashing
