#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

#include "torrentgen/hashing/algorithm.hpp"

/// What the hashing room is compared with: one message at a time through OpenSSL's EVP.
namespace shoal::hashing::test {

inline std::vector<std::uint8_t> reference_hash(Algorithm algorithm, const void* data, std::size_t size) {
    std::vector<std::uint8_t> digest(digest_bytes(algorithm));
    const EVP_MD* type = algorithm == Algorithm::kSha1 ? EVP_sha1() : EVP_sha256();
    if (EVP_Digest(data, size, digest.data(), nullptr, type, nullptr) != 1)
        throw std::runtime_error("EVP_Digest");
    return digest;
}

inline std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; i += 8) {
        const std::uint64_t word = random();
        std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
    }
    return bytes;
}

}  // namespace shoal::hashing::test
