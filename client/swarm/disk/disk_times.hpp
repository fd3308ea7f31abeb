#pragma once

#include "common/metrics/histogram.hpp"

namespace shoal::client::disk {

/// What the threads of a session's disk have done, and how long it took. Thread-safe.
struct DiskTimes {
    /// Reading a piece back and hashing it, with those beside it; without its time in the queue.
    metrics::Histogram piece_hash{metrics::slow_bounds()};
    /// One call that writes a run of neighbouring blocks, failed ones too.
    metrics::Histogram write{metrics::slow_bounds()};
};

}  // namespace shoal::client::disk
