#pragma once

#include <cstdint>

namespace shoal::client {

/// Whether a rate has stayed near the best that was seen for a while. A line that is full looks like that,
/// and so does any other bottleneck that many peers share; a transfer that waits for peers, disk or luck does
/// not.
class SteadyRate {
  public:
    /// Once a second. @param rate  bytes a second
    void sample(std::uint64_t rate);
    /// Within a sixth of its best for ten seconds.
    [[nodiscard]] bool steady() const;

  private:
    double best_ = 0;  ///< bytes a second; fades, because lines are shared
    int seconds_ = 0;
};

}  // namespace shoal::client
