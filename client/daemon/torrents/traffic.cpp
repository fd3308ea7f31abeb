#include "client/daemon/torrents/traffic.hpp"

namespace shoal::daemon {

void Traffic::update(const Torrent& torrent) {
    const Rates rates{torrent.activity.rate_down, torrent.activity.rate_up};
    if (rates.down + rates.up > 0)
        busy_[torrent.number()] = rates;
    else
        busy_.erase(torrent.number());
}

void Traffic::sample() {
    const Rates now = rates();
    down_.sample(now.down);
    up_.sample(now.up);
}

Rates Traffic::rates() const {
    Rates sum;
    for (const auto& [number, rates] : busy_) {
        sum.down += rates.down;
        sum.up += rates.up;
    }
    return sum;
}

std::vector<TorrentNumber> Traffic::busy() const {
    std::vector<TorrentNumber> numbers;
    numbers.reserve(busy_.size());
    for (const auto& [number, rates] : busy_) numbers.push_back(number);
    return numbers;
}

}  // namespace shoal::daemon
