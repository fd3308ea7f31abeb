#pragma once

#include <libtorrent/extensions.hpp>
#include <system_error>

#include "common/ip_address.hpp"

/// Inside client/swarm only: who may come in over uTP (BEP 29) where a session dials over TCP alone.
///
/// A client whose uTP nobody answers comes over TCP seconds later, and TCP is ten times as fast and more: so
/// nobody should be answered. But Transmission 3.00, which dials over uTP first, then hangs up its TCP
/// connection by a fault of its own and comes back after a quarter of an hour. Its libutp tells itself by the
/// first packet, which has the extension "extension bits" (2); libtorrent's has none. So the kernel drops the
/// first packets of all others.
namespace shoal::client {

/// For session_params, so that it is there before the first socket is.
class UtpFilter : public libtorrent::plugin {
  public:
    libtorrent::feature_flags_t implemented_features() override { return alert_feature; }
    /// On libtorrent's thread, before it reads from a socket that it tells of.
    void on_alert(const libtorrent::alert* alert) override;
};

/// From then on, of uTP's first packets only those of an old libutp come through to this process's UDP
/// sockets that are bound to `local`, and all other packets that have content. The error is the kernel's, or
/// no_such_file_or_directory where there is no such socket.
std::error_code admit_only_old_libutp(const Endpoint& local);

}  // namespace shoal::client
