#pragma once

#include <algorithm>
#include <libtorrent/peer_connection_handle.hpp>
#include <string_view>

namespace shoal::client {

/// Whether the other end is the client of these two letters, by its peer id (BEP 20). Known from the end of
/// the handshake on.
inline bool is_client(const libtorrent::peer_connection_handle& connection, std::string_view letters) {
    const auto id = connection.pid();
    return id[0] == '-' && std::equal(letters.begin(), letters.end(), id.data() + 1);
}

}  // namespace shoal::client
