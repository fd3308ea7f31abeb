#include "torrentgen/hashing/kernel_choice.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace shoal::hashing {
namespace {

LaneKernel kernel(std::string_view name, unsigned lanes) {
    return {name, Algorithm::kSha1, lanes, nullptr};
}

TEST(KernelChoice, WeighsLanesAgainstSpeed) {
    // 16 lanes at 4.4 GB/s against one at 0.8: the wide one pays from the third message on.
    const KernelChoice choice({{kernel("narrow", 1), 0.8e9}, {kernel("wide", 16), 4.4e9}});
    EXPECT_EQ(choice.best(1).name, "narrow");
    EXPECT_EQ(choice.best(2).name, "narrow");
    EXPECT_EQ(choice.best(3).name, "wide");
    EXPECT_EQ(choice.best(16).name, "wide");
    EXPECT_EQ(choice.best(1000).name, "wide");
}

TEST(KernelChoice, MeasuresEveryKernelOfThisMachine) {
    for (const Algorithm algorithm : {Algorithm::kSha1, Algorithm::kSha256}) {
        const KernelChoice& choice = KernelChoice::measured(algorithm);
        EXPECT_EQ(choice.kernels().size(), usable_kernels(algorithm).size());
        for (const auto& measured : choice.kernels()) EXPECT_GT(measured.bytes_per_second, 0);
    }
}

}  // namespace
}  // namespace shoal::hashing
