#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "tracker/swarm/swarm_view.hpp"
#include "tracker/web/torrent_list.hpp"

/// The parameters of the API's lists. An unknown parameter or a value that is none is an error: a filter that
/// was misspelt must not answer with everything.
namespace shoal::tracker {

struct TorrentQuery {
    TorrentFilter filter;
    std::size_t offset = 0;
    std::size_t limit = 1000;
    bool details = false;  ///< with the peers that are furthest behind, and lost ones
};

/// The query, or what is wrong with it.
std::variant<TorrentQuery, std::string> parse_torrent_query(std::string_view text);
std::variant<PeerQuery, std::string> parse_peer_query(std::string_view text);

}  // namespace shoal::tracker
