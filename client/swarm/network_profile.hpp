#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::client {

/// Where a session runs: the one choice that stands for all the numbers below.
enum class Network {
    kFleet,    ///< one data centre: milliseconds, no loss, every machine is ours
    kWan,      ///< our machines in several sites: links with latency and loss, of different rates
    kInternet  ///< strangers, home routers, public trackers
};

/// What a session does differently from network to network. The values and the reason for each are in
/// network_profile.cpp, a column a network; session_settings.cpp applies them. Seconds where nothing else is
/// said.
struct NetworkProfile {
    std::string_view name;

    // How bytes travel.
    bool utp;                       ///< dials over BEP 29, too, and takes it from everybody
    bool map_ports;                 ///< asks a home router to open our port: UPnP and NAT-PMP
    bool trusts_manifests;          ///< or URLs in them may be forged requests to this network
    int traffic_class;              ///< of the packets to peers: the upper six bits are the DSCP
    bool several_peers_an_address;  ///< or one connection an address

    // What is asked of a peer.
    int request_queue_time;  ///< of a peer's rate, under way at once
    int request_queue;       ///< blocks of 16 KiB under way between two of our hosts, both ways
    int request_timeout;
    int piece_timeout;
    int send_not_sent_low_watermark;  ///< bytes that a socket holds and has not sent

    // Whom we serve.
    bool ration;  ///< an origin rations its pieces (docs/fan-out.md)
    std::uint32_t fewest_slots;
    std::uint32_t most_slots;
    int unchoke_interval;
    int optimistic_unchoke_interval;
    int seeding_piece_quota;  ///< pieces before a seed turns to the next peer

    // How many connections.
    int origin_connections;  ///< of a torrent that is complete when it is added
    int connections;         ///< of others: until then it dials
    int incoming_percent;    ///< of these, for those who dial us
    int session_connections;
    int daemon_connections;  ///< of one torrent of a daemon, whoever dialled

    // How they are made, and made again.
    int torrent_connect_boost;  ///< dialled at once when a torrent starts
    int connection_speed;       ///< dialled a second after that
    bool smooth_connects;       ///< spread over the second
    int peer_connect_timeout;
    int handshake_timeout;
    int min_reconnect_time;
    int max_failcount;
    bool finished_hosts_dial;  ///< or only origins, of those that are complete
    int peer_turnover;         ///< percent of the peers of a full torrent that make room for others

    // How peers are found.
    int num_want;
    int min_announce_interval;
    bool ignore_tracker_minimum;  ///< who gets nothing asks again before the tracker's interval is over
    bool announce_to_all_trackers;
    int tracker_backoff;  ///< percent of the usual growth between failed announces
    int tracker_completion_timeout;
    int tracker_receive_timeout;
    int stop_tracker_timeout;
    int dht_announce_interval;
    int local_service_announce_interval;
    bool public_dht;  ///< one node of a /24, no unrouted addresses, ids of their address first (BEP 42)
};

const NetworkProfile& network_profile(Network network);

/// "fleet", "wan" or "internet"; nothing for another name.
std::optional<Network> parse_network(std::string_view name);

}  // namespace shoal::client
