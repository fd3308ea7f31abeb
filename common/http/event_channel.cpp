#include "common/http/event_channel.hpp"

#include <utility>

namespace shoal::http {

void EventChannel::publish(std::string_view event, std::string_view data) {
    const std::lock_guard lock(mutex_);
    if (subscribers_.empty()) return;
    const auto frame = std::make_shared<const std::string>(event_frame(event, data));
    for (const auto& [id, subscriber] : subscribers_) subscriber(frame);
}

std::size_t EventChannel::subscribers() const {
    const std::lock_guard lock(mutex_);
    return subscribers_.size();
}

std::uint64_t EventChannel::subscribe(Subscriber subscriber) {
    const std::lock_guard lock(mutex_);
    subscribers_.emplace(++next_, std::move(subscriber));
    return next_;
}

void EventChannel::unsubscribe(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    subscribers_.erase(id);
}

std::string event_frame(std::string_view event, std::string_view data) {
    std::string frame = "event: ";
    frame += event;
    frame += '\n';
    while (true) {
        const auto end = data.find('\n');
        frame += "data: ";
        frame += data.substr(0, end);
        frame += '\n';
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + 1);
    }
    frame += '\n';
    return frame;
}

}  // namespace shoal::http
