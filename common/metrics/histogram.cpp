#include "common/metrics/histogram.hpp"

#include <algorithm>

namespace shoal::metrics {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::size_t set_of_this_thread(std::size_t sets) {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
    return number % sets;
}

}  // namespace

Histogram::Histogram(std::span<const nanoseconds> bounds) : used_(std::min(bounds.size(), kMaxBounds)) {
    std::transform(bounds.begin(), bounds.begin() + static_cast<std::ptrdiff_t>(used_), bounds_.begin(),
                   [](nanoseconds bound) { return bound.count(); });
}

void Histogram::count(nanoseconds took, std::uint64_t times) noexcept {
    std::size_t index = 0;
    while (index < used_ && bounds_[index] < took.count()) ++index;
    Set& set = sets_[set_of_this_thread(kSets)];
    set.classes[index].fetch_add(times, std::memory_order_relaxed);
    set.sum.fetch_add(took.count() * static_cast<std::int64_t>(times), std::memory_order_relaxed);
}

Histogram::Counts Histogram::counts() const {
    Counts all;
    for (std::size_t i = 0; i < used_; ++i) all.bounds.emplace_back(bounds_[i]);
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i <= used_; ++i) {
        for (const Set& set : sets_) so_far += set.classes[i].load(std::memory_order_relaxed);
        all.at_most.push_back(so_far);
    }
    for (const Set& set : sets_) all.sum += nanoseconds(set.sum.load(std::memory_order_relaxed));
    return all;
}

std::span<const nanoseconds> fast_bounds() {
    static constexpr std::array<nanoseconds, 15> kBounds{10us, 20us, 50us, 100us, 200us, 500us, 1ms, 2ms,
                                                         5ms,  10ms, 20ms, 50ms,  100ms, 250ms, 1s};
    return kBounds;
}

std::span<const nanoseconds> slow_bounds() {
    static constexpr std::array<nanoseconds, 15> kBounds{
        100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 10s};
    return kBounds;
}

}  // namespace shoal::metrics
