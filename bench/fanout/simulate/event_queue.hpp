#pragma once

#include <cstdint>
#include <queue>
#include <vector>

namespace shoal::simulate {

/// Nanoseconds of simulated time.
using Time = std::int64_t;

constexpr double kNanoseconds = 1e9;
constexpr Time to_time(double seconds) {
    return static_cast<Time>(seconds * kNanoseconds);
}

struct Event {
    enum class Kind : std::uint8_t { kStart, kKill, kSent, kDelivered, kVerified, kOffered, kHeard, kTick };
    Time at;
    std::uint64_t order;  ///< equal times in the order of their making: the same run every time
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t c;
    Kind kind;
};

class EventQueue {
  public:
    void push(Time at, Event::Kind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
        heap_.push({at, ++made_, a, b, c, kind});
    }
    [[nodiscard]] bool empty() const { return heap_.empty(); }
    Event pop() {
        const Event next = heap_.top();
        heap_.pop();
        return next;
    }
    [[nodiscard]] std::uint64_t made() const { return made_; }

  private:
    struct Later {
        bool operator()(const Event& x, const Event& y) const {
            return x.at != y.at ? x.at > y.at : x.order > y.order;
        }
    };
    std::priority_queue<Event, std::vector<Event>, Later> heap_;
    std::uint64_t made_ = 0;
};

}  // namespace shoal::simulate
