#include "torrentgen/hashing/lane_kernel.hpp"

#include <vector>

#include "torrentgen/hashing/openssl_kernel.hpp"

#ifdef SHOAL_X86_KERNELS
#include <cpuid.h>

#include "torrentgen/hashing/x86_kernels.hpp"
#endif

namespace shoal::hashing {
namespace {

#ifdef SHOAL_X86_KERNELS
/// __builtin_cpu_supports knows no "sha" in g++ 12 and clang 14.
bool has_sha_instructions() {
    constexpr unsigned kShaBit = 1u << 29;  // CPUID leaf 7, EBX
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kShaBit) != 0 &&
           __builtin_cpu_supports("sse4.1");
}
#endif

std::vector<LaneKernel> detect(Algorithm algorithm) {
    std::vector<LaneKernel> kernels{openssl_kernel(algorithm)};
#ifdef SHOAL_X86_KERNELS
    const bool sha1 = algorithm == Algorithm::kSha1;
    if (has_sha_instructions()) {
        kernels.push_back({"sha-ni", algorithm, 2, sha1 ? compress_sha1_ni2 : compress_sha256_ni2});
        if (sha1) kernels.push_back({"sha-ni", algorithm, 5, compress_sha1_ni5});
        if (!sha1) kernels.push_back({"sha-ni", algorithm, 4, compress_sha256_ni4});
    }
    // These also ask whether the operating system saves the wide registers.
    if (__builtin_cpu_supports("avx2")) {
        kernels.push_back({"avx2", algorithm, kAvx2Lanes, sha1 ? compress_sha1_avx2 : compress_sha256_avx2});
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        kernels.push_back(
            {"avx512", algorithm, kAvx512Lanes, sha1 ? compress_sha1_avx512 : compress_sha256_avx512});
    }
#endif
    return kernels;
}

}  // namespace

const std::uint32_t* initial_state(Algorithm algorithm) {
    static constexpr std::uint32_t kSha1[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    static constexpr std::uint32_t kSha256[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    return algorithm == Algorithm::kSha1 ? kSha1 : kSha256;
}

std::span<const LaneKernel> usable_kernels(Algorithm algorithm) {
    static const std::vector<LaneKernel> sha1 = detect(Algorithm::kSha1);
    static const std::vector<LaneKernel> sha256 = detect(Algorithm::kSha256);
    return algorithm == Algorithm::kSha1 ? sha1 : sha256;
}

const LaneKernel& portable_kernel(Algorithm algorithm) {
    return usable_kernels(algorithm).front();
}

}  // namespace shoal::hashing
