#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "torrentgen/hashing/round_constants.hpp"

/// SHA-1 and SHA-256 with one message in each 32-bit lane of a vector. `V` gives the instructions:
///   V::kLanes, V::load(const uint32_t*), store(uint32_t*), V::all(uint32_t), a + b, a ^ b,
///   rotate_left<N>(), shift_right<N>(), V::choose(x, y, z), V::majority(x, y, z), V::xor3(x, y, z),
///   V::load_block(V* words, const std::byte* const* data, offset): word i of every lane's next 64 bytes.
/// Each user instantiates it with a type of its own file, so that no two share code.
namespace shoal::hashing {

/// Truth tables for an instruction of three inputs, over x = 0xf0, y = 0xcc, z = 0xaa.
inline constexpr int kChooseTable = (0xf0 & 0xcc) | (~0xf0 & 0xaa);
inline constexpr int kMajorityTable = (0xf0 & 0xcc) | (0xf0 & 0xaa) | (0xcc & 0xaa);
inline constexpr int kXorTable = 0xf0 ^ 0xcc ^ 0xaa;

#define SHOAL_INLINE inline __attribute__((always_inline))

template <typename V, std::size_t Round>
SHOAL_INLINE void sha1_round(V* s, V* w) {
    // The roles a..e move by one each round instead of the values.
    V& a = s[(80 - Round) % 5];
    V& b = s[(81 - Round) % 5];
    V& c = s[(82 - Round) % 5];
    V& d = s[(83 - Round) % 5];
    V& e = s[(84 - Round) % 5];
    if constexpr (Round >= 16) {
        const V mixed = V::xor3(w[(Round + 13) % 16], w[(Round + 8) % 16], w[(Round + 2) % 16]);
        w[Round % 16] = (mixed ^ w[Round % 16]).template rotate_left<1>();
    }
    V f;
    if constexpr (Round < 20) {
        f = V::choose(b, c, d);
    } else if constexpr (Round >= 40 && Round < 60) {
        f = V::majority(b, c, d);
    } else {
        f = V::xor3(b, c, d);
    }
    e = (e + V::all(kSha1Constants[Round / 20])) + (w[Round % 16] + f) + a.template rotate_left<5>();
    b = b.template rotate_left<30>();
}

template <typename V, std::size_t... Round>
SHOAL_INLINE void sha1_rounds(V* s, V* w, std::index_sequence<Round...>) {
    (sha1_round<V, Round>(s, w), ...);
}

template <typename V>
SHOAL_INLINE void sha1_compress(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    V sum[5];
    for (std::size_t i = 0; i < 5; ++i) sum[i] = V::load(states + i * V::kLanes);
    for (std::size_t block = 0; block < blocks; ++block) {
        V w[16];
        V::load_block(w, data, block * 64);
        V s[5] = {sum[0], sum[1], sum[2], sum[3], sum[4]};
        sha1_rounds<V>(s, w, std::make_index_sequence<80>{});
        for (std::size_t i = 0; i < 5; ++i) sum[i] = sum[i] + s[i];
    }
    for (std::size_t i = 0; i < 5; ++i) sum[i].store(states + i * V::kLanes);
}

template <typename V, std::size_t Round>
SHOAL_INLINE void sha256_round(V* s, V* w) {
    V& a = s[(64 - Round) % 8];
    V& b = s[(65 - Round) % 8];
    V& c = s[(66 - Round) % 8];
    V& d = s[(67 - Round) % 8];
    V& e = s[(68 - Round) % 8];
    V& f = s[(69 - Round) % 8];
    V& g = s[(70 - Round) % 8];
    V& h = s[(71 - Round) % 8];
    if constexpr (Round >= 16) {
        const V& x = w[(Round + 1) % 16];
        const V& y = w[(Round + 14) % 16];
        const V low =
            V::xor3(x.template rotate_left<25>(), x.template rotate_left<14>(), x.template shift_right<3>());
        const V high =
            V::xor3(y.template rotate_left<15>(), y.template rotate_left<13>(), y.template shift_right<10>());
        w[Round % 16] = (w[Round % 16] + low) + (w[(Round + 9) % 16] + high);
    }
    const V sum1 =
        V::xor3(e.template rotate_left<26>(), e.template rotate_left<21>(), e.template rotate_left<7>());
    const V sum0 =
        V::xor3(a.template rotate_left<30>(), a.template rotate_left<19>(), a.template rotate_left<10>());
    const V t = (h + sum1) + (V::choose(e, f, g) + (w[Round % 16] + V::all(kSha256Constants[Round])));
    d = d + t;
    h = t + (sum0 + V::majority(a, b, c));
}

template <typename V, std::size_t... Round>
SHOAL_INLINE void sha256_rounds(V* s, V* w, std::index_sequence<Round...>) {
    (sha256_round<V, Round>(s, w), ...);
}

template <typename V>
SHOAL_INLINE void sha256_compress(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    V sum[8];
    for (std::size_t i = 0; i < 8; ++i) sum[i] = V::load(states + i * V::kLanes);
    for (std::size_t block = 0; block < blocks; ++block) {
        V w[16];
        V::load_block(w, data, block * 64);
        V s[8] = {sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]};
        sha256_rounds<V>(s, w, std::make_index_sequence<64>{});
        for (std::size_t i = 0; i < 8; ++i) sum[i] = sum[i] + s[i];
    }
    for (std::size_t i = 0; i < 8; ++i) sum[i].store(states + i * V::kLanes);
}

/// Transposes 16 rows of 16 words with the 128-bit-lane shuffles of AVX-512. `R` gives them: lo32, hi32,
/// lo64, hi64 (interleave within each 128 bits), and even128, odd128 (the even or odd quarters of x, then of
/// y).
template <typename R>
SHOAL_INLINE void transpose16(R* r) {
    R t[16];
    for (std::size_t i = 0; i < 16; i += 2) {
        t[i] = R::lo32(r[i], r[i + 1]);
        t[i + 1] = R::hi32(r[i], r[i + 1]);
    }
    // After this, u[4 * q + c] holds column c of each 128 bits for the rows 4q to 4q + 3.
    R u[16];
    for (std::size_t q = 0; q < 16; q += 4) {
        u[q] = R::lo64(t[q], t[q + 2]);
        u[q + 1] = R::hi64(t[q], t[q + 2]);
        u[q + 2] = R::lo64(t[q + 1], t[q + 3]);
        u[q + 3] = R::hi64(t[q + 1], t[q + 3]);
    }
    // Quarter k of u[4 * q + c] is word 4k + c of the rows 4q on: gather quarter k of the four q.
    for (std::size_t c = 0; c < 4; ++c) {
        const R even01 = R::even128(u[c], u[4 + c]);
        const R even23 = R::even128(u[8 + c], u[12 + c]);
        const R odd01 = R::odd128(u[c], u[4 + c]);
        const R odd23 = R::odd128(u[8 + c], u[12 + c]);
        r[c] = R::even128(even01, even23);
        r[8 + c] = R::odd128(even01, even23);
        r[4 + c] = R::even128(odd01, odd23);
        r[12 + c] = R::odd128(odd01, odd23);
    }
}

#undef SHOAL_INLINE

}  // namespace shoal::hashing
