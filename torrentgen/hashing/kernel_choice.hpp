#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "torrentgen/hashing/lane_kernel.hpp"

namespace shoal::hashing {

/// Which kernel to use for how many messages. A wide kernel costs the same however few of its lanes are
/// used, so a narrow one can be faster for the last few messages.
class KernelChoice {
  public:
    struct Measured {
        LaneKernel kernel;
        double bytes_per_second = 0;  ///< with every lane in use, data in the first-level cache
    };

    explicit KernelChoice(std::vector<Measured> kernels) : kernels_(std::move(kernels)) {}

    /// The fastest for `messages` of one length, each at least one.
    [[nodiscard]] const LaneKernel& best(std::size_t messages) const;
    [[nodiscard]] std::span<const Measured> kernels() const { return kernels_; }

    /// Runs every usable kernel for about a millisecond, once a process. Whether sixteen AVX-512 lanes, eight
    /// AVX2 lanes or the SHA instructions are fastest depends on the processor's model and not on its flags.
    static const KernelChoice& measured(Algorithm algorithm);

  private:
    std::vector<Measured> kernels_;
};

}  // namespace shoal::hashing
