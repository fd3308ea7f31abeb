#include "client/swarm/plugin/added_places.hpp"

#include <cstdint>

namespace shoal::client {
namespace lt = libtorrent;

void AddedPlaces::on_add_peer(const lt::tcp::endpoint& peer, lt::peer_source_flags_t source,
                              lt::add_peer_flags_t flags) {
    if (source != kDialledUs || (flags & filtered)) return;
    const int limit = torrent_.max_connections();
    if (limit != limit_) {
        own_ = limit_ = limit;
        peers_.clear();
    }
    if (limit >= std::int64_t{own_} * percent_ / 100 || !peers_.insert(peer).second) return;
    torrent_.set_max_connections(++limit_);
}

}  // namespace shoal::client
