#pragma once

#include <cstdint>
#include <limits>

namespace shoal::simulate {

/// xorshift64*: drawn from a few times an event, so it must cost nothing.
class Random {
  public:
    using result_type = std::uint64_t;
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 0x632be59bd9b4e019U) {
        for (int n = 0; n < 8; ++n) (*this)();
    }
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
    result_type operator()() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545f4914f6cdd1dU;
    }
    /// 0 to limit - 1.
    std::uint32_t below(std::uint32_t limit) {
        return static_cast<std::uint32_t>(((*this)() >> 32) * limit >> 32);
    }
    /// 0 to 1.
    double part() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

  private:
    std::uint64_t state_;
};

}  // namespace shoal::simulate
