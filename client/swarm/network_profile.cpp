#include "client/swarm/network_profile.hpp"

#include <array>
#include <cstddef>

#include "client/swarm/policy/leecher.hpp"

namespace shoal::client {
namespace {

constexpr int kKiB = 1 << 10;
constexpr int kBestEffort = 0x00;
constexpr int kLowerEffort = 0x04;  // RFC 8622, and libtorrent's default

// "libtorrent's" is the default of libtorrent 2.0.8, made for public swarms and home routers.
constexpr NetworkProfile kFleet{
    .name = "fleet",

    // uTP yields to other traffic and reached a tenth of TCP's rate on one machine, and libtorrent's waits up
    // to a second before it sends a lost packet again.
    .utp = false,
    // A fleet's network has no home router to open ports on.
    .map_ports = false,
    // What our own manifests name on our own network is meant: an object store's signed link has a query.
    .trusts_manifests = true,
    // "Lower effort" is what a fleet's switches drop first.
    .traffic_class = kBestEffort,
    // Hosts behind one address, and several clients on one machine.
    .several_peers_an_address = true,

    // A second of requests fills the pipe; more only asks the origin for what a neighbour will have, and the
    // queue's arithmetic wraps at 357 MB/s a peer with libtorrent's 3.
    .request_queue_time = 1,
    // 4 MiB under way a peer, a millisecond at 32 Gbit/s. It also bounds what waits in the socket, which
    // libtorrent reads into memory at one go; the kernel alone would let 32 MiB come. Between our hosts only:
    // RequestLimits says why others are told more.
    .request_queue = 256,
    // A host that has gone silent gives its blocks back soon; libtorrent's 60 s are a transfer's length.
    .request_timeout = 20,
    .piece_timeout = 10,
    // libtorrent's 16 KiB wake the network thread for every block.
    .send_not_sent_low_watermark = 512 * kKiB,

    // One copy leaves the origin before the swarm has one, instead of two.
    .ration = true,
    .fewest_slots = policy::UnchokeSlots::Options().fewest,
    .most_slots = policy::UnchokeSlots::Options().most,
    // libtorrent's 15 s are longer than a whole transfer of 5 GB at 10 Gbit/s.
    .unchoke_interval = 3,
    .optimistic_unchoke_interval = 9,
    // A seed turns to the next peer after 20 MiB to 40 MiB (pieces of 5 MiB); libtorrent's 20 pieces keep a
    // late joiner waiting for 100 MiB of everybody before it.
    .seeding_piece_quota = 4,

    // A random graph stays connected above ln(hosts); each piece's HAVE is a packet a connection.
    .origin_connections = 20,
    .connections = 14,
    // Were this 100, everybody would go on dialling hosts that are full, and those let a newcomer in by
    // throwing another one out (BEP 40): of 100 hosts with 25 connections nobody's lasted for the first
    // minute and a half, and links were half idle.
    .incoming_percent = 300,
    .session_connections = 500,
    // Of these a torrent dials a third, as an origin does.
    .daemon_connections = 60,

    // All of the first peers at once instead of 30 and then 30 a second.
    .torrent_connect_boost = 80,
    .connection_speed = 100,
    .smooth_connects = false,
    // Hosts of one fleet answer in milliseconds or not at all; a failed one is tried again soon, because it
    // may only be starting.
    .peer_connect_timeout = 5,
    .handshake_timeout = 10,
    .min_reconnect_time = 5,
    .max_failcount = 10,
    // Finished hosts have nothing to ask each other, yet would redial every minute: of 100 hosts at 1 Mbit/s
    // the last one took 3 % longer. The origin does dial, for those who cannot dial it.
    .finished_hosts_dial = false,
    // Peers are never thrown out at random to try others: in a fleet one is as good as the next.
    .peer_turnover = 0,

    .num_want = 100,
    // The tracker's interval is meant as it says: libtorrent would not go below 5 minutes.
    .min_announce_interval = 5,
    // The tracker is ours, and who starved gets going seconds after it knows somebody.
    .ignore_tracker_minimum = true,
    .announce_to_all_trackers = true,
    // Failed announces are repeated after 5 s, 10 s, ...: the tracker may only be restarting.
    .tracker_backoff = 100,
    .tracker_completion_timeout = 10,
    .tracker_receive_timeout = 10,
    // How long a stop may wait for a dead tracker.
    .stop_tracker_timeout = 2,
    // Nodes and seeds of a fleet start together: who asked too early asks again within a transfer's time.
    .dht_announce_interval = 30,
    .local_service_announce_interval = 60,
    // On a private network a /24 is nearly everybody, and ids derived from the address (BEP 42) only exist
    // for public addresses.
    .public_dht = false,
};

/// The fleet's, but for what latency, loss and uneven links change.
constexpr NetworkProfile wan() {
    NetworkProfile p = kFleet;
    p.name = "wan";
    // What is under way must cover rate times round trip: 7.8 MiB a peer are 1 Gbit/s over 65 ms.
    p.request_queue = 500;
    // With a second of requests, a lost segment at 200 ms empties the queue before it is repeated.
    p.request_queue_time = 2;
    // A path that loses packets pauses for seconds (TCP's timeout doubles from 0.2 s) and comes back; giving
    // its blocks to others at once only downloads them twice over the narrow link.
    p.request_timeout = 40;
    p.piece_timeout = 25;

    // A flow over 50 ms and one lost packet in a thousand carries about 1 MB/s, whatever the link (Mathis):
    // only more of them at once fill it.
    p.fewest_slots = 12;
    p.most_slots = 40;
    p.connections = 30;
    p.origin_connections = 60;
    // TCP takes some ten round trips to reach its rate: a slot that is held for longer sends at it for
    // longer.
    p.unchoke_interval = 8;
    p.optimistic_unchoke_interval = 24;

    // A site's firewall that is dialled a hundred times a second may see an attack.
    p.torrent_connect_boost = 50;
    p.connection_speed = 40;
    p.smooth_connects = true;
    // Survives three lost SYNs, which Linux repeats after 1, 3 and 7 s.
    p.peer_connect_timeout = 12;
    // Encryption and the extended handshake take five round trips, each of which may meet a loss.
    p.handshake_timeout = 20;
    // A link between sites that is down is back in a minute rather than in a second: fifteen tries, the first
    // after 15 s and each a little later, still see it come back.
    p.min_reconnect_time = 15;
    p.max_failcount = 15;

    p.tracker_completion_timeout = 20;
    p.tracker_receive_timeout = 20;
    p.stop_tracker_timeout = 5;
    p.dht_announce_interval = 60;
    return p;
}

/// libtorrent's own values, but for what a public swarm does not ask for.
constexpr NetworkProfile internet() {
    NetworkProfile p = kFleet;
    p.name = "internet";
    // uTP gets through more home routers than TCP, and leaves the family's video call in peace.
    p.utp = true;
    p.map_ports = true;
    p.trusts_manifests = false;
    p.traffic_class = kLowerEffort;
    // A stranger with many connections takes many slots, and can be many liars at once.
    p.several_peers_an_address = false;

    // libtorrent's, as are all of this block. The arithmetic that wraps at 357 MB/s a peer is out of reach
    // here.
    p.request_queue_time = 3;
    p.request_queue = 500;
    p.request_timeout = 60;
    p.piece_timeout = 20;
    // Half a megabyte a socket is seconds of a home uplink, in which nothing else gets out.
    p.send_not_sent_low_watermark = 16 * kKiB;

    // Whom a ration serves, and when, rests on hosts that pass on what they get. Strangers need not; and to
    // start with most swarms have a copy long before we come.
    p.ration = false;
    // Tit-for-tat gives for what it gets: spread over more than eight (libtorrent's), an uplink of 10 Mbit/s
    // buys nothing from anybody; BitTorrent began with four.
    p.fewest_slots = 4;
    p.most_slots = 8;
    // libtorrent's: strangers need the time to show what they give, and each change costs a slow start.
    p.unchoke_interval = 15;
    p.optimistic_unchoke_interval = 30;
    p.seeding_piece_quota = 20;

    // Home routers forget connections above a few hundred. In a large public swarm most peers are slow or
    // have little: fifty at a time, in and out, find the good ones.
    p.connections = 50;
    p.origin_connections = 50;
    p.incoming_percent = 100;
    p.session_connections = 200;
    p.daemon_connections = 50;

    // libtorrent's from here on.
    p.torrent_connect_boost = 30;
    p.connection_speed = 30;
    p.smooth_connects = true;
    p.peer_connect_timeout = 15;
    p.handshake_timeout = 10;
    p.min_reconnect_time = 60;
    p.max_failcount = 3;
    // Many leechers cannot be dialled from where others are, and can dial nobody who is behind a router.
    p.finished_hosts_dial = true;
    p.peer_turnover = 4;

    p.num_want = 200;
    // Somebody else's tracker: its rules, its interval, one of a tier, and no hurry.
    p.min_announce_interval = 300;
    p.ignore_tracker_minimum = false;
    p.announce_to_all_trackers = false;
    p.tracker_backoff = 250;
    p.tracker_completion_timeout = 30;
    p.tracker_receive_timeout = 10;
    p.stop_tracker_timeout = 5;
    p.dht_announce_interval = 15 * 60;
    p.local_service_announce_interval = 5 * 60;
    p.public_dht = true;
    return p;
}

constexpr std::array<NetworkProfile, 3> kProfiles{kFleet, wan(), internet()};

}  // namespace

const NetworkProfile& network_profile(Network network) {
    return kProfiles.at(static_cast<std::size_t>(network));
}

std::optional<Network> parse_network(std::string_view name) {
    for (const Network network : {Network::kFleet, Network::kWan, Network::kInternet}) {
        if (network_profile(network).name == name) return network;
    }
    return std::nullopt;
}

}  // namespace shoal::client
