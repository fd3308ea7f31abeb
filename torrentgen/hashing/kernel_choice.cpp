#include "torrentgen/hashing/kernel_choice.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace shoal::hashing {
namespace {

double measure(const LaneKernel& kernel) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t kLaneBytes = 1024;
    constexpr int kTrials = 4;  // the best one counts: the others met an interrupt, or a clock not yet raised
    constexpr auto kTrial = std::chrono::microseconds(200);
    std::vector<std::byte> data(kLaneBytes * kernel.lanes);
    std::array<const std::byte*, kMaxLanes> pointers{};
    for (unsigned lane = 0; lane < kernel.lanes; ++lane) pointers[lane] = data.data() + lane * kLaneBytes;
    alignas(64) std::array<std::uint32_t, 8 * kMaxLanes> states{};
    double best = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::size_t bytes = 0;
        const auto start = Clock::now();
        Clock::duration elapsed{};
        do {
            kernel.compress(states.data(), pointers.data(), kLaneBytes / kCompressBytes);
            bytes += data.size();
            elapsed = Clock::now() - start;
        } while (elapsed < kTrial);
        best = std::max(best, static_cast<double>(bytes) / std::chrono::duration<double>(elapsed).count());
    }
    return best;
}

KernelChoice measure_all(Algorithm algorithm) {
    std::vector<KernelChoice::Measured> kernels;
    for (const LaneKernel& kernel : usable_kernels(algorithm)) kernels.push_back({kernel, measure(kernel)});
    return KernelChoice(std::move(kernels));
}

}  // namespace

const LaneKernel& KernelChoice::best(std::size_t messages) const {
    const auto rate = [&](const Measured& measured) {
        const std::size_t used = std::min<std::size_t>(messages, measured.kernel.lanes);
        return measured.bytes_per_second * static_cast<double>(used) / measured.kernel.lanes;
    };
    return std::max_element(kernels_.begin(), kernels_.end(),
                            [&](const Measured& a, const Measured& b) { return rate(a) < rate(b); })
        ->kernel;
}

const KernelChoice& KernelChoice::measured(Algorithm algorithm) {
    static const KernelChoice sha1 = measure_all(Algorithm::kSha1);
    static const KernelChoice sha256 = measure_all(Algorithm::kSha256);
    return algorithm == Algorithm::kSha1 ? sha1 : sha256;
}

}  // namespace shoal::hashing
