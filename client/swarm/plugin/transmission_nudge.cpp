#include "client/swarm/plugin/transmission_nudge.hpp"

#include <utility>

#include "client/swarm/plugin/client_id.hpp"
#include "client/swarm/plugin/connection.hpp"
#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

/// A second apart. One alone may come in the same read as what it is to be behind.
constexpr int kNudges = 5;

class Incoming : public lt::peer_plugin {
  public:
    explicit Incoming(lt::peer_connection_handle connection) : connection_(std::move(connection)) {}

    /// libtorrent has read the peer id by then, and lets go of a plugin that says no.
    bool on_handshake(lt::span<const char>) override {
        left_ = is_client(connection_, "TR") ? kNudges : 0;
        return left_ > 0;
    }

    void tick() override {
        if (left_ == 0) return;
        --left_;
        send(connection_, wire::keep_alive());
    }

  private:
    lt::peer_connection_handle connection_;
    int left_ = 0;
};

}  // namespace

std::shared_ptr<lt::peer_plugin> TransmissionNudge::new_connection(
    const lt::peer_connection_handle& connection) {
    if (connection.type() != lt::connection_type::bittorrent || connection.is_outgoing()) return nullptr;
    return std::make_shared<Incoming>(connection);
}

}  // namespace shoal::client
