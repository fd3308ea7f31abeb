#pragma once

#include <cstddef>
#include <cstdint>

/// The compression functions whose sources are compiled for instructions that not every processor has. Those
/// sources include nothing with inline code of its own: a copy of it compiled for AVX-512 could be the one
/// that the linker keeps for everybody.
namespace shoal::hashing {

void compress_sha1_ni2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha1_ni5(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha256_ni2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha256_ni4(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha1_avx2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha256_avx2(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha1_avx512(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);
void compress_sha256_avx512(std::uint32_t* states, const std::byte* const* data, std::size_t blocks);

inline constexpr unsigned kAvx2Lanes = 8;
inline constexpr unsigned kAvx512Lanes = 16;

}  // namespace shoal::hashing
