#include "client/daemon/torrents/state_health.hpp"

#include "common/log.hpp"

namespace shoal::daemon {

void StateHealth::torrent_failed(TorrentNumber number, const std::string& why) {
    behind_.insert(number);
    failed(why);
}

void StateHealth::torrent_written(TorrentNumber number) {
    behind_.erase(number);
    written();
}

void StateHealth::session_failed(const std::string& why) {
    session_behind_ = true;
    failed(why);
}

void StateHealth::session_written() {
    session_behind_ = false;
    written();
}

void StateHealth::failed(const std::string& why) {
    ++failures_;
    // A full disk stays full for a while: once is enough in the log, the metric counts the rest.
    if (trouble_.empty()) log::error("cannot save the state, will try again", {{"why", why}});
    trouble_ = "cannot save the state: " + why;
}

void StateHealth::written() {
    if (trouble_.empty() || session_behind_ || !behind_.empty()) return;
    trouble_.clear();
    log::info("the state is saved again");
}

}  // namespace shoal::daemon
