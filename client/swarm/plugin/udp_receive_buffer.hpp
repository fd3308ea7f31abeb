#pragma once

#include <libtorrent/extensions.hpp>

#include "common/ip_address.hpp"

/// Inside client/swarm only: room for a burst of UDP packets while libtorrent's thread is busy.
///
/// Linux's default of 208 KiB counts each packet with its bookkeeping, and holds some hundred packets. uTP
/// (BEP 29) offers a window of several times that. What overflows is lost, and an old libutp sends one lost
/// packet a timeout, with timeouts that double: a download stands still for half a minute.
namespace shoal::client {

/// For session_params, so that it is there before the first socket is.
class UdpReceiveBuffer : public libtorrent::plugin {
  public:
    /// Four times the window that libtorrent offers a uTP peer, since packets are charged with bookkeeping.
    static constexpr int kBytes = 4 << 20;

    libtorrent::feature_flags_t implemented_features() override { return alert_feature; }
    /// On libtorrent's thread.
    void on_alert(const libtorrent::alert* alert) override;
};

/// Gives the process's UDP sockets at `local` a buffer of `bytes`. Without CAP_NET_ADMIN the kernel allows
/// net.core.rmem_max at most.
/// @return the smallest buffer there is now, in bytes; 0 where there is no such socket
int widen_receive_buffer(const Endpoint& local, int bytes);

}  // namespace shoal::client
