#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace shoal::http {

/// Server-sent events: what is published goes to every connection whose Response named this channel.
/// Thread-safe.
class EventChannel {
  public:
    using Frame = std::shared_ptr<const std::string>;
    using Subscriber = std::function<void(const Frame&)>;

    /// `data` as one event; a client that is too slow to take it in time is disconnected.
    void publish(std::string_view event, std::string_view data);
    [[nodiscard]] std::size_t subscribers() const;

    /// For the server. A subscriber is called under the channel's lock: it may only pass the frame on.
    std::uint64_t subscribe(Subscriber subscriber);
    void unsubscribe(std::uint64_t id);

  private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, Subscriber> subscribers_;
    std::uint64_t next_ = 0;
};

/// One event in the wire's form; `data` is split at its line ends.
std::string event_frame(std::string_view event, std::string_view data);

}  // namespace shoal::http
