#pragma once

#include <libtorrent/error_code.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <string>

/// What the plugin does to a peer's connection. libtorrent's handle cannot do any of it where it is const,
/// and must not be asked to once its connection has ended.
namespace shoal::client {

/// @param message  length prefix included
void send(const libtorrent::peer_connection_handle& to, const std::string& message);
void hang_up(const libtorrent::peer_connection_handle& on, libtorrent::errors::error_code_enum why);

}  // namespace shoal::client
