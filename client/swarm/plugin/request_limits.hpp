#pragma once

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <memory>

/// Inside client/swarm only: how many requests may be under way on a connection, both ways.
///
/// A peer says in its extended handshake how many it takes ("reqq", BEP 10). libtorrent says the same number
/// to everybody, and asks for exactly as many as the other end says.
/// - Shoal hosts ask each other for less than they take: what is under way also waits in memory.
/// - Transmission asks once a second for as many as it may: a small number starves it.
/// - Transmission 3.00 says 512 and takes 511. It answers the next one with a REJECT (BEP 6) that it sends up
///   to ten seconds later.
/// - libtorrent begins with four requests and doubles them a round trip. Transmission answers twice a second,
///   so its queue would be full only after four seconds: it is asked for all that it takes at once.
namespace shoal::client {

class RequestLimits : public libtorrent::torrent_plugin {
  public:
    /// What is said to other clients, the most that one may ask for in a second: 100 MB/s of Transmission's
    /// blocks of some 10 KiB. Also the session's max_allowed_in_request_queue: it answers no more.
    static constexpr int kTakenFromOthers = 10'000;

    /// @param between_hosts  blocks of 16 KiB under way between two shoal hosts
    explicit RequestLimits(int between_hosts) : between_hosts_(between_hosts) {}

    std::shared_ptr<libtorrent::peer_plugin> new_connection(
        const libtorrent::peer_connection_handle& connection) override;

  private:
    int between_hosts_;
};

}  // namespace shoal::client
