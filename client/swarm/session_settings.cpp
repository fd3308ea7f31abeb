#include "client/swarm/session_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <libtorrent/alert.hpp>
#include <libtorrent/fingerprint.hpp>
#include <libtorrent/ip_filter.hpp>
#include <libtorrent/peer_class.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <limits>
#include <string>
#include <thread>

#include "client/swarm/disk/disk_io.hpp"
#include "client/swarm/policy/leecher.hpp"
#include "client/swarm/trust.hpp"
#include "common/version.hpp"

namespace shoal::client {
namespace {

using pack = lt::settings_pack;

constexpr int kMiB = 1 << 20;

std::string join(const std::vector<std::string>& items) {
    return fmt::format("{}", fmt::join(items, ","));
}

void set_identity(pack& s) {
    int major = 0;
    int minor = 0;
    int tiny = 0;
    std::sscanf(std::string(version()).c_str(), "%d.%d.%d", &major, &minor, &tiny);
    s.set_str(pack::peer_fingerprint, lt::generate_fingerprint("SH", major, minor, tiny));  // BEP 20
    s.set_str(pack::user_agent, fmt::format("shoal/{}", version()));
}

void set_listening(pack& s, const SessionProfile& profile) {
    const char* const tls =
        profile.certificate.empty() ? "" : "s";  // libtorrent's mark for a port of SSL torrents
    if (profile.listen.empty()) {
        s.set_str(pack::listen_interfaces, fmt::format("0.0.0.0:{0}{1},[::]:{0}{1}", kDefaultPort, tls));
        // Several clients on one machine: the next free ports, then whatever the system gives.
        s.set_int(pack::max_retry_port_bind, 20);
        s.set_bool(pack::listen_system_port_fallback, true);
    } else {
        std::vector<std::string> interfaces;
        for (const Endpoint& endpoint : profile.listen) interfaces.push_back(endpoint.to_string() + tls);
        s.set_str(pack::listen_interfaces, join(interfaces));
        // A port that was asked for by name may be open in a firewall: another one would not do.
        s.set_int(pack::max_retry_port_bind, 0);
        s.set_bool(pack::listen_system_port_fallback, false);
    }
    // A thousand hosts that dial the origin in the same second overflow the default backlog of 5.
    s.set_int(pack::listen_queue_size, 512);
}

void set_transport(pack& s) {
    // uTP yields to other traffic and reached a tenth of TCP's rate on one machine; incoming from
    // Transmission it stood still for half a minute at a time.
    s.set_bool(pack::enable_outgoing_utp, false);
    s.set_bool(pack::enable_incoming_utp, false);
    s.set_int(pack::mixed_mode_algorithm, pack::prefer_tcp);
    // The default marks packets "lower effort" (RFC 8622), which a fleet's switches drop first.
    s.set_int(pack::peer_dscp, 0);
    // A fleet's network has no home router to open ports on.
    s.set_bool(pack::enable_upnp, false);
    s.set_bool(pack::enable_natpmp, false);
    // Hosts behind one address, and several clients on one machine.
    s.set_bool(pack::allow_multiple_connections_per_ip, true);
    // The kernel tunes socket buffers by itself as long as nobody sets them (0, the default).
}

void set_rates(pack& s, const SessionProfile& profile) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    // libtorrent counts in 32 bits: 2 GB/s and more is the same as no limit to it.
    const auto limit = [](std::uint64_t rate) { return rate >= kMost ? 0 : static_cast<int>(rate); };
    s.set_int(pack::upload_rate_limit, limit(profile.limit_up));
    s.set_int(pack::download_rate_limit, limit(profile.limit_down));
    // Limits say what the content may use; a few percent of headers on top surprise nobody.
    s.set_bool(pack::rate_limit_ip_overhead, false);
    if (profile.limit_up != 0 || profile.limit_down != 0) {
        // Quotas are dealt out a tick: at 500 ms a limited transfer moves in visible bursts.
        s.set_int(pack::tick_interval, 100);
    }
}

void set_requests(pack& s) {
    // A second of requests fills the pipe; more only asks the origin for what a neighbour will have, and the
    // queue's arithmetic wraps at 357 MB/s a peer with the default of 3.
    s.set_int(pack::request_queue_time, 1);
    // In blocks of 16 KiB: 4 MiB under way a peer, a millisecond at 32 Gbit/s. It also bounds what waits in
    // the socket, which libtorrent reads into memory at one go; the kernel alone would let 32 MiB come.
    // Transmission says it takes 512 and silently drops one of them.
    s.set_int(pack::max_out_request_queue, 256);
    s.set_int(pack::max_allowed_in_request_queue, 2000);
    // A host that has gone silent gives its blocks back soon; the default of 60 s is a transfer's length.
    s.set_int(pack::request_timeout, 20);
    s.set_int(pack::piece_timeout, 10);
    // Sequential picking, which libtorrent turns to when it sees ten seeds, would make all leechers ask for
    // the same pieces.
    s.set_bool(pack::auto_sequential, false);
}

void set_sending(pack& s) {
    s.set_int(pack::send_buffer_watermark, 3 * kMiB);
    s.set_int(pack::send_buffer_low_watermark, kMiB / 2);
    s.set_int(pack::send_buffer_watermark_factor, 150);
    // The default of 16 KiB wakes the network thread for every block.
    s.set_int(pack::send_not_sent_low_watermark, kMiB / 2);
    // The fan-out plugin goes on from here.
    s.set_int(pack::unchoke_slots_limit, static_cast<int>(policy::UnchokeSlots().slots()));
    // The default of 15 s is longer than a whole transfer of 5 GB at 10 Gbit/s.
    s.set_int(pack::unchoke_interval, 3);
    s.set_int(pack::optimistic_unchoke_interval, 9);
    // A seed turns to the next peer after 20 MiB to 40 MiB (pieces of 5 MiB); the default of 20 pieces keeps
    // a late joiner waiting for 100 MiB of everybody before it.
    s.set_int(pack::seeding_piece_quota, 4);
}

void set_connecting(pack& s, const SessionProfile& profile) {
    // All of the first peers at once instead of 30 and then 30 a second.
    s.set_int(pack::torrent_connect_boost, 80);
    s.set_int(pack::connection_speed, 100);
    s.set_bool(pack::smooth_connects, false);
    s.set_int(pack::connections_limit, 500);
    // Hosts of one fleet answer in milliseconds or not at all; a failed one is tried again soon, because it
    // may only be starting.
    s.set_int(pack::peer_connect_timeout, 5);
    s.set_int(pack::min_reconnect_time, 5);
    s.set_int(pack::max_failcount, 10);
    s.set_int(pack::handshake_timeout, 10);
    // Finished hosts have nothing to ask each other, yet would redial every minute. The origin does dial:
    // Transmission tries uTP first, so a leecher of its kind is slow to find us by itself.
    s.set_bool(pack::seeding_outgoing_connections, profile.origin);
    // Peers are never thrown out at random to try others: in a fleet one is as good as the next.
    s.set_int(pack::peer_turnover, 0);
    s.set_int(pack::num_want, 100);
}

void set_announcing(pack& s) {
    // The tracker's interval is meant as it says: libtorrent would not go below 5 minutes.
    s.set_int(pack::min_announce_interval, 5);
    // Failed announces are repeated after 5 s, 10 s, ...: the tracker may only be restarting.
    s.set_int(pack::tracker_backoff, 100);
    s.set_int(pack::tracker_completion_timeout, 10);
    s.set_int(pack::tracker_receive_timeout, 10);
    // How long a stop may wait for a dead tracker.
    s.set_int(pack::stop_tracker_timeout, 2);
    s.set_bool(pack::announce_to_all_tiers, false);
    s.set_bool(pack::announce_to_all_trackers, true);
    // Tiers are meant as they are written: libtorrent would move a UDP tracker before the others of its host.
    s.set_bool(pack::prefer_udp_trackers, false);
    s.set_int(pack::local_service_announce_interval, 60);
}

void set_discovery(pack& s, const SessionProfile& profile) {
    s.set_bool(pack::enable_dht, profile.dht);
    s.set_bool(pack::enable_lsd, profile.lsd);
    // Nodes and seeds of a fleet start together: who asked too early asks again within a transfer's time.
    s.set_int(pack::dht_announce_interval, 30);
    // Never the public routers, which is libtorrent's default.
    s.set_str(pack::dht_bootstrap_nodes, join(profile.dht_bootstrap));
    // Both keep one node of a /24, which on a private network is nearly everybody.
    s.set_bool(pack::dht_restrict_routing_ips, false);
    s.set_bool(pack::dht_restrict_search_ips, false);
    s.set_bool(pack::dht_ignore_dark_internet, false);
    // Node ids derived from the address (BEP 42) only exist for public addresses.
    s.set_bool(pack::dht_enforce_node_id, false);
    s.set_bool(pack::dht_prefer_verified_node_ids, false);
}

void set_disk(pack& s) {
    // Received and not yet written: the default of 1 MiB stops the sockets at every hiccup of the disk.
    s.set_int(pack::max_queued_disk_bytes, 8 * kMiB);
    s.set_int(pack::aio_threads, 4);
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    s.set_int(pack::hashing_threads, cores);
    // In blocks of 16 KiB: pieces of a check under way, no memory (client/swarm/disk). Each thread hashes
    // sixteen side by side, of 5 MiB here, and as many wait for it. In bytes it must fit 31 bits.
    s.set_int(pack::checking_mem_usage, std::min(cores, 12) * 2 * 16 * 320);
    s.set_int(pack::file_pool_size, 500);
}

void set_alerts(pack& s) {
    using category = lt::alert_category_t;
    const category wanted = lt::alert_category::error | lt::alert_category::storage |
                            lt::alert_category::status | lt::alert_category::tracker;
    s.set_int(pack::alert_mask, static_cast<int>(static_cast<std::uint32_t>(wanted)));
    s.set_int(pack::alert_queue_size, 20'000);
}

}  // namespace

lt::session_params make_session_params(const SessionProfile& profile) {
    pack s;
    set_identity(s);
    set_listening(s, profile);
    set_transport(s);
    set_encryption(s, profile.encryption);
    // Trackers are named by the user, so the filter is for peers alone.
    s.set_bool(pack::apply_ip_filter_to_trackers, false);
    set_rates(s, profile);
    set_requests(s);
    set_sending(s);
    set_connecting(s, profile);
    set_announcing(s);
    set_discovery(s, profile);
    set_disk(s);
    set_alerts(s);
    // Brings libtorrent's own plugins: metadata exchange (BEP 9), PEX (BEP 11) and banning who sends damage.
    lt::session_params params(std::move(s));
    params.disk_io_constructor = disk::make_disk_io;
    return params;
}

void reset_peer_classes(lt::session& session) {
    // libtorrent puts private and loopback addresses into a class without limits; here everybody is "global".
    const std::uint32_t global = 1u << static_cast<std::uint32_t>(lt::session::global_peer_class_id);
    lt::ip_filter everybody;
    everybody.add_rule(lt::make_address("0.0.0.0"), lt::make_address("255.255.255.255"), global);
    everybody.add_rule(lt::make_address("::"), lt::make_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                       global);
    session.set_peer_class_filter(everybody);
    // A host dials until it has max_connections, and takes whoever dials it up to three times as many. Were
    // both limits the same, everybody would go on dialling hosts that are full, and those let a newcomer in
    // by throwing another one out (BEP 40): of 100 hosts with 25 connections nobody's lasted for the first
    // minute and a half, and links were half idle.
    // The largest factor of a peer's classes counts, and a peer over TCP is in two.
    for (const lt::peer_class_t of :
         {lt::session_handle::global_peer_class_id, lt::session_handle::tcp_peer_class_id}) {
        lt::peer_class_info info = session.get_peer_class(of);
        info.connection_limit_factor = 33;
        session.set_peer_class(of, info);
    }
}

}  // namespace shoal::client
