// Compiled with -msha -msse4.1; called only where the processor has both. One message keeps the SHA unit
// waiting for its own last result (6 clocks for four rounds of SHA-1, of which the unit is busy 2); more of
// them fill those gaps. Never -mavx: one 256-bit instruction among these costs a Zen 3 hundreds of clocks,
// for each SHA instruction that follows.
#include <immintrin.h>

#include <utility>

#include "torrentgen/hashing/round_constants.hpp"
#include "torrentgen/hashing/x86_kernels.hpp"

namespace shoal::hashing {
namespace {

#define SHOAL_INLINE inline __attribute__((always_inline))

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

template <std::size_t kLanes, int G>
SHOAL_INLINE void sha1_group_of_all(Sha1Lane* lanes) {
    for (std::size_t i = 0; i < kLanes; ++i) sha1_group<G>(lanes[i]);
}

template <std::size_t kLanes, std::size_t... G>
SHOAL_INLINE void sha1_groups(Sha1Lane* lanes, std::index_sequence<G...>) {
    (sha1_group_of_all<kLanes, static_cast<int>(G)>(lanes), ...);
}

struct Sha256Lane {
    __m128i abef;
    __m128i cdgh;
    __m128i w[4];
};

/// Four rounds of one lane. Each word is read and mixed as late as its rounds allow, so that few are alive at
/// a time: four lanes need more registers than there are.
template <int G>
SHOAL_INLINE void sha256_group(Sha256Lane& lane, const std::byte* data) {
    __m128i& w = lane.w[G % 4];
    __m128i& next = lane.w[(G + 1) % 4];
    __m128i& before = lane.w[(G + 3) % 4];
    if constexpr (G < 4) {
        const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
        w = _mm_shuffle_epi8(load(data + 16 * G), big_endian);
    }
    const __m128i message = _mm_add_epi32(w, load(kSha256Constants + 4 * G));
    lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, message);
    if constexpr (G >= 3 && G < 15) {
        next = _mm_sha256msg2_epu32(_mm_add_epi32(next, _mm_alignr_epi8(w, before, 4)), w);
    }
    lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(message, 0x0e));
    if constexpr (G >= 1 && G < 13) before = _mm_sha256msg1_epu32(before, w);
}

template <std::size_t kLanes, int G>
SHOAL_INLINE void sha256_group_of_all(Sha256Lane* lanes, const std::byte* const* data, std::size_t offset) {
    for (std::size_t i = 0; i < kLanes; ++i) sha256_group<G>(lanes[i], data[i] + offset);
}

template <std::size_t kLanes, std::size_t... G>
SHOAL_INLINE void sha256_groups(Sha256Lane* lanes, const std::byte* const* data, std::size_t offset,
                                std::index_sequence<G...>) {
    (sha256_group_of_all<kLanes, static_cast<int>(G)>(lanes, data, offset), ...);
}

/// Word `index` of one lane after the other.
template <std::size_t kLanes>
struct States {
    std::uint32_t* words;

    [[nodiscard]] SHOAL_INLINE int get(std::size_t index, std::size_t lane) const {
        return static_cast<int>(words[index * kLanes + lane]);
    }
    SHOAL_INLINE void set(std::size_t index, std::size_t lane, int value) const {
        words[index * kLanes + lane] = static_cast<std::uint32_t>(value);
    }
};

template <std::size_t kLanes>
SHOAL_INLINE void compress_sha1(States<kLanes> states, const std::byte* const* data, std::size_t blocks) {
    const __m128i reversed = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    Sha1Lane lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
        // The instructions want a in the highest word.
        lanes[i].abcd = _mm_set_epi32(states.get(0, i), states.get(1, i), states.get(2, i), states.get(3, i));
        lanes[i].e = _mm_set_epi32(states.get(4, i), 0, 0, 0);
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
        sha1_groups<kLanes>(lanes, std::make_index_sequence<20>{});
        for (std::size_t i = 0; i < kLanes; ++i) {
            lanes[i].e = _mm_sha1nexte_epu32(lanes[i].e, e_before[i]);
            lanes[i].abcd = _mm_add_epi32(lanes[i].abcd, abcd_before[i]);
        }
    }
    for (std::size_t i = 0; i < kLanes; ++i) {
        states.set(0, i, _mm_extract_epi32(lanes[i].abcd, 3));
        states.set(1, i, _mm_extract_epi32(lanes[i].abcd, 2));
        states.set(2, i, _mm_extract_epi32(lanes[i].abcd, 1));
        states.set(3, i, _mm_extract_epi32(lanes[i].abcd, 0));
        states.set(4, i, _mm_extract_epi32(lanes[i].e, 3));
    }
}

template <std::size_t kLanes>
SHOAL_INLINE void compress_sha256(States<kLanes> states, const std::byte* const* data, std::size_t blocks) {
    Sha256Lane lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
        lanes[i].abef = _mm_set_epi32(states.get(0, i), states.get(1, i), states.get(4, i), states.get(5, i));
        lanes[i].cdgh = _mm_set_epi32(states.get(2, i), states.get(3, i), states.get(6, i), states.get(7, i));
    }
    for (std::size_t block = 0; block < blocks; ++block) {
        __m128i abef_before[kLanes];
        __m128i cdgh_before[kLanes];
        for (std::size_t i = 0; i < kLanes; ++i) {
            abef_before[i] = lanes[i].abef;
            cdgh_before[i] = lanes[i].cdgh;
        }
        sha256_groups<kLanes>(lanes, data, block * 64, std::make_index_sequence<16>{});
        for (std::size_t i = 0; i < kLanes; ++i) {
            lanes[i].abef = _mm_add_epi32(lanes[i].abef, abef_before[i]);
            lanes[i].cdgh = _mm_add_epi32(lanes[i].cdgh, cdgh_before[i]);
        }
    }
    for (std::size_t i = 0; i < kLanes; ++i) {
        states.set(0, i, _mm_extract_epi32(lanes[i].abef, 3));
        states.set(1, i, _mm_extract_epi32(lanes[i].abef, 2));
        states.set(2, i, _mm_extract_epi32(lanes[i].cdgh, 3));
        states.set(3, i, _mm_extract_epi32(lanes[i].cdgh, 2));
        states.set(4, i, _mm_extract_epi32(lanes[i].abef, 1));
        states.set(5, i, _mm_extract_epi32(lanes[i].abef, 0));
        states.set(6, i, _mm_extract_epi32(lanes[i].cdgh, 1));
        states.set(7, i, _mm_extract_epi32(lanes[i].cdgh, 0));
    }
}

}  // namespace

void compress_sha1_ni2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    compress_sha1(States<2>{states}, data, blocks);
}

void compress_sha1_ni5(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    compress_sha1(States<5>{states}, data, blocks);
}

void compress_sha256_ni2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    compress_sha256(States<2>{states}, data, blocks);
}

void compress_sha256_ni4(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    compress_sha256(States<4>{states}, data, blocks);
}

}  // namespace shoal::hashing
