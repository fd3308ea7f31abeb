#include "client/swarm/disk/check_line.hpp"

#include <boost/asio/post.hpp>

namespace shoal::client::disk {

void CheckLine::wait(const void* torrent, Begin begin) {
    waiting_.emplace_back(torrent, std::move(begin));
    next();
}

void CheckLine::leave(const void* torrent) {
    std::erase_if(waiting_, [this, torrent](auto& waiting) {
        if (torrent != nullptr && waiting.first != torrent) return false;
        boost::asio::post(network_, std::move(waiting.second));
        return true;
    });
}

void CheckLine::piece_done() {
    --under_way_;
    next();
}

void CheckLine::next() {
    if (beginning_ || waiting_.empty() || under_way_ >= enough_) return;
    // One at a time: how many pieces it brings is known only when it has begun.
    beginning_ = true;
    boost::asio::post(network_, [this, begin = std::move(waiting_.front().second)] {
        begin();
        beginning_ = false;
        next();
    });
    waiting_.pop_front();
}

}  // namespace shoal::client::disk
