#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace shoal::simulate {

/// Nanoseconds of simulated time.
using Time = std::int64_t;

constexpr double kNanoseconds = 1e9;
constexpr Time to_time(double seconds) {
    return static_cast<Time>(seconds * kNanoseconds);
}
constexpr double to_seconds(Time time) {
    return static_cast<double>(time) / kNanoseconds;
}

struct Event {
    enum class Kind : std::uint8_t { kLaunch, kJoin, kKill, kUplink, kUsable, kHeard, kOffered, kTick };
    Time at = 0;
    std::uint32_t order = 0;  ///< equal times in the order of their making: the same run every time
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    std::uint32_t next = 0;  ///< in its bucket
    Kind kind = Kind::kTick;
};

/// A calendar queue (Brown 1988): a ring of buckets of `width` each, sorted one at a time. Some hundred
/// million events pass it in a large run, with a few hundred thousand waiting: constant time each, and 32
/// bytes.
class EventQueue {
  public:
    explicit EventQueue(Time width) : width_(std::max<Time>(width, 1)), heads_(kBuckets, kNone) {}

    void push(Time at, Event::Kind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
        const Event event{at, ++made_, a, b, c, kNone, kind};
        ++waiting_;
        const Time bucket = at / width_;
        if (bucket <= now_) {
            push_onto(active_, event);
        } else if (bucket < now_ + kBuckets) {
            put(bucket, event);
        } else {
            push_onto(far_, event);
        }
    }
    [[nodiscard]] bool empty() const { return waiting_ == 0; }
    Event pop() {
        while (active_.empty()) turn();
        --waiting_;
        return pop_from(active_);
    }
    [[nodiscard]] std::uint64_t made() const { return made_; }

  private:
    static constexpr Time kBuckets = 1 << 14;
    static constexpr std::uint32_t kNone = 0xffffffff;

    static bool later(const Event& x, const Event& y) {
        return x.at != y.at ? x.at > y.at : x.order > y.order;
    }
    static void push_onto(std::vector<Event>& heap, const Event& event) {
        heap.push_back(event);
        std::push_heap(heap.begin(), heap.end(), later);
    }
    static Event pop_from(std::vector<Event>& heap) {
        std::pop_heap(heap.begin(), heap.end(), later);
        const Event event = heap.back();
        heap.pop_back();
        return event;
    }
    void put(Time bucket, const Event& event) {
        std::uint32_t place = free_;
        if (place == kNone) {
            place = static_cast<std::uint32_t>(pool_.size());
            pool_.emplace_back();
        } else {
            free_ = pool_[place].next;
        }
        std::uint32_t& head = heads_[static_cast<std::size_t>(bucket % kBuckets)];
        pool_[place] = event;
        pool_[place].next = head;
        head = place;
        ++ringed_;
    }
    /// On to the next bucket.
    void turn() {
        now_ = ringed_ == 0 && !far_.empty() ? far_.front().at / width_ : now_ + 1;
        while (!far_.empty() && far_.front().at / width_ <= now_) active_.push_back(pop_from(far_));
        std::uint32_t& head = heads_[static_cast<std::size_t>(now_ % kBuckets)];
        while (head != kNone) {
            const std::uint32_t place = head;
            active_.push_back(pool_[place]);
            head = pool_[place].next;
            pool_[place].next = free_;
            free_ = place;
            --ringed_;
        }
        std::make_heap(active_.begin(), active_.end(), later);
    }

    Time width_;
    Time now_ = 0;  ///< the bucket that active_ holds
    std::vector<Event> active_;
    std::vector<Event> far_;
    std::vector<Event> pool_;
    std::vector<std::uint32_t> heads_;
    std::uint32_t free_ = kNone;
    std::uint64_t ringed_ = 0;
    std::uint64_t waiting_ = 0;
    std::uint32_t made_ = 0;
};

}  // namespace shoal::simulate
