#include "client/swarm/plugin/connection.hpp"

namespace shoal::client {
namespace lt = libtorrent;

void send(const lt::peer_connection_handle& to, const std::string& message) {
    auto copy = to;
    if (copy.native_handle() == nullptr || copy.is_disconnecting()) return;
    copy.send_buffer(message.data(), static_cast<int>(message.size()));
}

void hang_up(const lt::peer_connection_handle& on, lt::errors::error_code_enum why) {
    auto copy = on;
    if (copy.native_handle() == nullptr || copy.is_disconnecting()) return;
    copy.disconnect(why, lt::operation_t::bittorrent);
}

}  // namespace shoal::client
