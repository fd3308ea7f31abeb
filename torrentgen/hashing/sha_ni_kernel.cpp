// Compiled with -msha -msse4.1; called only where the processor has both. One message keeps the SHA unit
// waiting for its own last result; the second one fills those gaps.
#include <immintrin.h>

#include <utility>

#include "torrentgen/hashing/round_constants.hpp"
#include "torrentgen/hashing/x86_kernels.hpp"

namespace shoal::hashing {
namespace {

#define SHOAL_INLINE inline __attribute__((always_inline))

constexpr std::size_t kLanes = kShaNiLanes;

SHOAL_INLINE __m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

struct Sha1Lane {
    __m128i abcd;
    __m128i e;  // in a group of rounds: abcd as it was before the last group
    __m128i w[4];
};

/// Four rounds of one lane. Words 4G to 4G+3 are in w[G % 4].
template <int G>
SHOAL_INLINE void sha1_group(Sha1Lane& lane) {
    __m128i& w = lane.w[G % 4];
    if constexpr (G >= 4) {
        w = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w, lane.w[(G + 1) % 4]), lane.w[(G + 2) % 4]),
                               lane.w[(G + 3) % 4]);
    }
    const __m128i e = G == 0 ? _mm_add_epi32(lane.e, w) : _mm_sha1nexte_epu32(lane.e, w);
    lane.e = lane.abcd;
    lane.abcd = _mm_sha1rnds4_epu32(lane.abcd, e, G / 5);
}

template <std::size_t... G>
SHOAL_INLINE void sha1_groups(Sha1Lane* lanes, std::index_sequence<G...>) {
    ((sha1_group<static_cast<int>(G)>(lanes[0]), sha1_group<static_cast<int>(G)>(lanes[1])), ...);
}

struct Sha256Lane {
    __m128i abef;
    __m128i cdgh;
    __m128i w[4];
};

template <int G>
SHOAL_INLINE void sha256_group(Sha256Lane& lane) {
    __m128i& w = lane.w[G % 4];
    if constexpr (G >= 4) {
        const __m128i last = lane.w[(G + 3) % 4];
        const __m128i middle = _mm_alignr_epi8(last, lane.w[(G + 2) % 4], 4);
        w = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w, lane.w[(G + 1) % 4]), middle), last);
    }
    const __m128i message = _mm_add_epi32(w, load(kSha256Constants + 4 * G));
    lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, message);
    lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(message, 0x0e));
}

template <std::size_t... G>
SHOAL_INLINE void sha256_groups(Sha256Lane* lanes, std::index_sequence<G...>) {
    ((sha256_group<static_cast<int>(G)>(lanes[0]), sha256_group<static_cast<int>(G)>(lanes[1])), ...);
}

SHOAL_INLINE int word(const std::uint32_t* states, std::size_t index, std::size_t lane) {
    return static_cast<int>(states[index * kLanes + lane]);
}

SHOAL_INLINE void set_word(std::uint32_t* states, std::size_t index, std::size_t lane, int value) {
    states[index * kLanes + lane] = static_cast<std::uint32_t>(value);
}

}  // namespace

void compress_sha1_ni(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    const __m128i reversed = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    Sha1Lane lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
        // The instructions want a in the highest word.
        lanes[i].abcd =
            _mm_set_epi32(word(states, 0, i), word(states, 1, i), word(states, 2, i), word(states, 3, i));
        lanes[i].e = _mm_set_epi32(word(states, 4, i), 0, 0, 0);
    }
    for (std::size_t block = 0; block < blocks; ++block) {
        __m128i abcd_before[kLanes];
        __m128i e_before[kLanes];
        for (std::size_t i = 0; i < kLanes; ++i) {
            abcd_before[i] = lanes[i].abcd;
            e_before[i] = lanes[i].e;
            for (std::size_t part = 0; part < 4; ++part) {
                lanes[i].w[part] = _mm_shuffle_epi8(load(data[i] + block * 64 + part * 16), reversed);
            }
        }
        sha1_groups(lanes, std::make_index_sequence<20>{});
        for (std::size_t i = 0; i < kLanes; ++i) {
            lanes[i].e = _mm_sha1nexte_epu32(lanes[i].e, e_before[i]);
            lanes[i].abcd = _mm_add_epi32(lanes[i].abcd, abcd_before[i]);
        }
    }
    for (std::size_t i = 0; i < kLanes; ++i) {
        set_word(states, 0, i, _mm_extract_epi32(lanes[i].abcd, 3));
        set_word(states, 1, i, _mm_extract_epi32(lanes[i].abcd, 2));
        set_word(states, 2, i, _mm_extract_epi32(lanes[i].abcd, 1));
        set_word(states, 3, i, _mm_extract_epi32(lanes[i].abcd, 0));
        set_word(states, 4, i, _mm_extract_epi32(lanes[i].e, 3));
    }
}

void compress_sha256_ni(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    Sha256Lane lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
        lanes[i].abef =
            _mm_set_epi32(word(states, 0, i), word(states, 1, i), word(states, 4, i), word(states, 5, i));
        lanes[i].cdgh =
            _mm_set_epi32(word(states, 2, i), word(states, 3, i), word(states, 6, i), word(states, 7, i));
    }
    for (std::size_t block = 0; block < blocks; ++block) {
        __m128i abef_before[kLanes];
        __m128i cdgh_before[kLanes];
        for (std::size_t i = 0; i < kLanes; ++i) {
            abef_before[i] = lanes[i].abef;
            cdgh_before[i] = lanes[i].cdgh;
            for (std::size_t part = 0; part < 4; ++part) {
                lanes[i].w[part] = _mm_shuffle_epi8(load(data[i] + block * 64 + part * 16), big_endian);
            }
        }
        sha256_groups(lanes, std::make_index_sequence<16>{});
        for (std::size_t i = 0; i < kLanes; ++i) {
            lanes[i].abef = _mm_add_epi32(lanes[i].abef, abef_before[i]);
            lanes[i].cdgh = _mm_add_epi32(lanes[i].cdgh, cdgh_before[i]);
        }
    }
    for (std::size_t i = 0; i < kLanes; ++i) {
        set_word(states, 0, i, _mm_extract_epi32(lanes[i].abef, 3));
        set_word(states, 1, i, _mm_extract_epi32(lanes[i].abef, 2));
        set_word(states, 2, i, _mm_extract_epi32(lanes[i].cdgh, 3));
        set_word(states, 3, i, _mm_extract_epi32(lanes[i].cdgh, 2));
        set_word(states, 4, i, _mm_extract_epi32(lanes[i].abef, 1));
        set_word(states, 5, i, _mm_extract_epi32(lanes[i].abef, 0));
        set_word(states, 6, i, _mm_extract_epi32(lanes[i].cdgh, 1));
        set_word(states, 7, i, _mm_extract_epi32(lanes[i].cdgh, 0));
    }
}

}  // namespace shoal::hashing
