#pragma once

#include <chrono>
#include <libtorrent/fwd.hpp>
#include <memory>
#include <optional>
#include <string>

#include "client/swarm/policy/leecher.hpp"
#include "client/swarm/policy/rack.hpp"
#include "client/swarm/policy/ration.hpp"

/// Inside client/swarm only: the swarm policy at work in a libtorrent session.
///
/// On the wire it is plain BitTorrent. A shoal peer says so in its extended handshake (BEP 10), under
/// "shoal", a dictionary that others ignore: "ration" holds the id of an origin that rations, "rack" the name
/// of a leecher's rack. Pieces are shown with HAVE, taken back with lt_donthave (BEP 54), requests refused
/// with REJECT (BEP 6), and the release is HAVE_ALL (BEP 6). One message of our own, "shoal_origins" in the
/// handshake's "m", goes from a leecher to a rationing origin only: 8 bytes, big-endian, for the id of each
/// other rationing origin that the leecher is connected with.
namespace shoal::client {

struct FanOutOptions {
    /// Torrents that start complete ration their pieces until the swarm has them all.
    bool ration = true;
    policy::RationOptions rationing;
    policy::UnchokeSlots::Options slots;
    /// Of this host, where it has one: hosts of a rack are neighbours of each other first.
    std::string rack;
    policy::RackNeighbours::Options neighbours;
    /// Until a host hangs up on a neighbour that says nothing while others go on (see Pulse), at least. On a
    /// slow link with a full queue a lost segment is repeated after 2, 4, 8 and 16 seconds.
    policy::Duration neighbour_silence = std::chrono::seconds(30);
    /// The session's max_failcount, where neighbours are never to be exchanged for others (see
    /// TurnoverPause).
    std::optional<int> max_failcount;
};

class FanOut {
  public:
    explicit FanOut(const FanOutOptions& options = {});
    FanOut(const FanOut&) = delete;
    FanOut& operator=(const FanOut&) = delete;
    ~FanOut();

    /// Before the first torrent is added.
    void attach(libtorrent::session& session);
    /// Of a torrent that rations or did; from any thread.
    [[nodiscard]] std::optional<policy::Ration::Status> ration_status(
        const libtorrent::info_hash_t& torrent) const;
    /// Connected origins that decide what this torrent gets next. To libtorrent they seem to lack what they
    /// hide. From any thread.
    [[nodiscard]] int rationing_origins(const libtorrent::info_hash_t& torrent) const;

  private:
    class Session;
    std::shared_ptr<Session> session_;
};

}  // namespace shoal::client
