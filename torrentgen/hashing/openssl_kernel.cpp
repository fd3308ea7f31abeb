// EVP cannot start from a chaining state, which is what a lane kernel is handed; these functions can.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "torrentgen/hashing/openssl_kernel.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace shoal::hashing {
namespace {

void compress_sha1(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    SHA_CTX context{};
    SHA1_Init(&context);
    context.h0 = states[0];
    context.h1 = states[1];
    context.h2 = states[2];
    context.h3 = states[3];
    context.h4 = states[4];
    SHA1_Update(&context, data[0], blocks * kCompressBytes);
    states[0] = context.h0;
    states[1] = context.h1;
    states[2] = context.h2;
    states[3] = context.h3;
    states[4] = context.h4;
}

void compress_sha256(std::uint32_t* states, const std::byte* const* data, std::size_t blocks) {
    SHA256_CTX context{};
    SHA256_Init(&context);
    std::copy_n(states, 8, context.h);
    SHA256_Update(&context, data[0], blocks * kCompressBytes);
    std::copy_n(context.h, 8, states);
}

}  // namespace

LaneKernel openssl_kernel(Algorithm algorithm) {
    return {"openssl", algorithm, 1, algorithm == Algorithm::kSha1 ? compress_sha1 : compress_sha256};
}

}  // namespace shoal::hashing
