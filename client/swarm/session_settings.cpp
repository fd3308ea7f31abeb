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
#include "client/swarm/network_profile.hpp"
#include "client/swarm/plugin/request_limits.hpp"
#include "client/swarm/plugin/udp_receive_buffer.hpp"
#include "client/swarm/plugin/utp_refusal.hpp"
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

void set_transport(pack& s, const NetworkProfile& network) {
    s.set_bool(pack::enable_outgoing_utp, network.utp);
    // Where TCP alone is wanted UtpRefusal answers; libtorrent would let a client wait.
    s.set_bool(pack::enable_incoming_utp, true);
    s.set_int(pack::mixed_mode_algorithm, network.utp ? pack::peer_proportional : pack::prefer_tcp);
    s.set_int(pack::peer_dscp, network.traffic_class);
    s.set_bool(pack::ssrf_mitigation, !network.trusts_manifests);
    s.set_bool(pack::enable_upnp, network.map_ports);
    s.set_bool(pack::enable_natpmp, network.map_ports);
    s.set_bool(pack::allow_multiple_connections_per_ip, network.several_peers_an_address);
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

void set_requests(pack& s, const NetworkProfile& network) {
    s.set_int(pack::request_queue_time, network.request_queue_time);
    s.set_int(pack::max_out_request_queue, network.request_queue);
    s.set_int(pack::max_allowed_in_request_queue, RequestLimits::kTakenFromOthers);
    s.set_int(pack::request_timeout, network.request_timeout);
    s.set_int(pack::piece_timeout, network.piece_timeout);
    // Sequential picking, which libtorrent turns to when it sees ten seeds, would make all leechers ask for
    // the same pieces.
    s.set_bool(pack::auto_sequential, false);
}

void set_sending(pack& s, const NetworkProfile& network) {
    s.set_int(pack::send_buffer_watermark, 3 * kMiB);
    s.set_int(pack::send_buffer_low_watermark, kMiB / 2);
    s.set_int(pack::send_buffer_watermark_factor, 150);
    s.set_int(pack::send_not_sent_low_watermark, network.send_not_sent_low_watermark);
    // The fan-out plugin goes on from here.
    s.set_int(pack::unchoke_slots_limit, static_cast<int>(network.fewest_slots));
    s.set_int(pack::unchoke_interval, network.unchoke_interval);
    s.set_int(pack::optimistic_unchoke_interval, network.optimistic_unchoke_interval);
    s.set_int(pack::seeding_piece_quota, network.seeding_piece_quota);
}

void set_connecting(pack& s, const NetworkProfile& network, bool origin) {
    s.set_int(pack::torrent_connect_boost, network.torrent_connect_boost);
    s.set_int(pack::connection_speed, network.connection_speed);
    s.set_bool(pack::smooth_connects, network.smooth_connects);
    s.set_int(pack::connections_limit, network.session_connections);
    s.set_int(pack::peer_connect_timeout, network.peer_connect_timeout);
    s.set_int(pack::min_reconnect_time, network.min_reconnect_time);
    s.set_int(pack::max_failcount, network.max_failcount);
    s.set_int(pack::handshake_timeout, network.handshake_timeout);
    s.set_bool(pack::seeding_outgoing_connections, origin || network.finished_hosts_dial);
    s.set_int(pack::peer_turnover, network.peer_turnover);
    // To libtorrent none means one. See policy::TurnoverPause for the first time.
    if (network.peer_turnover == 0) s.set_int(pack::peer_turnover_interval, std::numeric_limits<int>::max());
    s.set_int(pack::num_want, network.num_want);
}

void set_announcing(pack& s, const NetworkProfile& network) {
    s.set_int(pack::min_announce_interval, network.min_announce_interval);
    s.set_int(pack::tracker_backoff, network.tracker_backoff);
    s.set_int(pack::tracker_completion_timeout, network.tracker_completion_timeout);
    s.set_int(pack::tracker_receive_timeout, network.tracker_receive_timeout);
    s.set_int(pack::stop_tracker_timeout, network.stop_tracker_timeout);
    s.set_bool(pack::announce_to_all_tiers, false);
    s.set_bool(pack::announce_to_all_trackers, network.announce_to_all_trackers);
    // Tiers are meant as they are written: libtorrent would move a UDP tracker before the others of its host.
    s.set_bool(pack::prefer_udp_trackers, false);
    s.set_int(pack::local_service_announce_interval, network.local_service_announce_interval);
}

void set_discovery(pack& s, const SessionProfile& profile, const NetworkProfile& network) {
    s.set_bool(pack::enable_dht, profile.dht);
    s.set_bool(pack::enable_lsd, profile.lsd);
    s.set_int(pack::dht_announce_interval, network.dht_announce_interval);
    // Never the public routers, which is libtorrent's default.
    s.set_str(pack::dht_bootstrap_nodes, join(profile.dht_bootstrap));
    s.set_bool(pack::dht_restrict_routing_ips, network.public_dht);
    s.set_bool(pack::dht_restrict_search_ips, network.public_dht);
    s.set_bool(pack::dht_ignore_dark_internet, network.public_dht);
    s.set_bool(pack::dht_prefer_verified_node_ids, network.public_dht);
    // Would keep out everybody whose address is not yet known from outside.
    s.set_bool(pack::dht_enforce_node_id, false);
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

lt::session_params make_session_params(const SessionProfile& profile,
                                       const std::shared_ptr<disk::DiskTimes>& times) {
    const NetworkProfile& network = network_profile(profile.network);
    pack s;
    set_identity(s);
    set_listening(s, profile);
    set_transport(s, network);
    set_encryption(s, profile.encryption);
    // Trackers are named by the user, so the filter is for peers alone.
    s.set_bool(pack::apply_ip_filter_to_trackers, false);
    set_rates(s, profile);
    set_requests(s, network);
    set_sending(s, network);
    set_connecting(s, network, profile.origin);
    set_announcing(s, network);
    set_discovery(s, profile, network);
    set_disk(s);
    set_alerts(s);
    // Brings libtorrent's own plugins: metadata exchange (BEP 9), PEX (BEP 11) and banning who sends damage.
    lt::session_params params(std::move(s));
    params.disk_io_constructor = [times](lt::io_context& context, const lt::settings_interface& settings,
                                         lt::counters& counters) {
        return disk::make_disk_io(context, settings, counters, times);
    };
    params.extensions.push_back(std::make_shared<UdpReceiveBuffer>());
    const bool finished_dial = params.settings.get_bool(pack::seeding_outgoing_connections);
    if (!network.utp)
        params.extensions.push_back(std::make_shared<UtpRefusal>(finished_dial, network.incoming_percent));
    return params;
}

void reset_peer_classes(lt::session& session, const NetworkProfile& network) {
    // libtorrent puts private and loopback addresses into a class without limits; here everybody is "global".
    const std::uint32_t global = 1u << static_cast<std::uint32_t>(lt::session::global_peer_class_id);
    lt::ip_filter everybody;
    everybody.add_rule(lt::make_address("0.0.0.0"), lt::make_address("255.255.255.255"), global);
    everybody.add_rule(lt::make_address("::"), lt::make_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                       global);
    session.set_peer_class_filter(everybody);
    // A host dials until it has max_connections, and takes more from whoever dials it. The largest factor of
    // a peer's classes counts, and a peer over TCP is in two.
    for (const lt::peer_class_t of :
         {lt::session_handle::global_peer_class_id, lt::session_handle::tcp_peer_class_id}) {
        lt::peer_class_info info = session.get_peer_class(of);
        info.connection_limit_factor = 100 * 100 / network.incoming_percent;
        session.set_peer_class(of, info);
    }
}

}  // namespace shoal::client
