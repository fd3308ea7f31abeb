#include "client/swarm/plugin/rack_key.hpp"

#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>

#include "client/swarm/plugin/wire.hpp"
#include "client/swarm/session_profile.hpp"

namespace shoal::client::rack_key {

void add(libtorrent::entry& shoal, const std::string& rack) {
    if (!rack.empty()) shoal[std::string(wire::kRackKey)] = rack;
}

std::string_view of(const libtorrent::bdecode_node& shoal) {
    if (!shoal || shoal.type() != libtorrent::bdecode_node::dict_t) return {};
    const auto rack = shoal.dict_find_string_value(std::string(wire::kRackKey));
    if (rack.size() > kLongestRack) return {};
    return {rack.data(), rack.size()};
}

}  // namespace shoal::client::rack_key
