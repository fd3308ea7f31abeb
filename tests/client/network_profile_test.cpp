#include "client/swarm/network_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <libtorrent/peer_class.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <string>
#include <vector>

#include "client/swarm/session_settings.hpp"
#include "common/ip_address.hpp"

namespace shoal::client {
namespace {

using pack = lt::settings_pack;

SessionProfile on(Network network) {
    SessionProfile profile;
    profile.network = network;
    return profile;
}

pack settings(Network network) {
    return make_session_params(on(network)).settings;
}

/// Every setting that is not libtorrent's own, "name=value". Who we are changes with the version, and how a
/// check hashes with the machine's cores.
std::vector<std::string> changed_settings(const pack& s) {
    const pack defaults = lt::default_settings();
    std::vector<std::string> lines;
    const auto add = [&](int setting, const std::string& value) {
        const std::vector<int> others{pack::user_agent, pack::peer_fingerprint, pack::hashing_threads,
                                      pack::checking_mem_usage};
        if (std::find(others.begin(), others.end(), setting) != others.end()) return;
        lines.push_back(std::string(lt::name_for_setting(setting)) + "=" + value);
    };
    for (int i = 0; i < pack::num_string_settings; ++i) {
        const int setting = pack::string_type_base + i;
        if (s.get_str(setting) != defaults.get_str(setting)) add(setting, s.get_str(setting));
    }
    for (int i = 0; i < pack::num_int_settings; ++i) {
        const int setting = pack::int_type_base + i;
        if (s.get_int(setting) != defaults.get_int(setting)) add(setting, std::to_string(s.get_int(setting)));
    }
    for (int i = 0; i < pack::num_bool_settings; ++i) {
        const int setting = pack::bool_type_base + i;
        if (s.get_bool(setting) != defaults.get_bool(setting)) add(setting, s.get_bool(setting) ? "1" : "0");
    }
    return lines;
}

/// What a session was before there was a choice of networks, and what every measurement in docs/ was made
/// with.
const std::vector<std::string> kFleetSettings{
    "dht_bootstrap_nodes=",
    "tracker_completion_timeout=10",
    "stop_tracker_timeout=2",
    "piece_timeout=10",
    "request_timeout=20",
    "request_queue_time=1",
    "max_allowed_in_request_queue=10000",
    "max_out_request_queue=256",
    "file_pool_size=500",
    "max_failcount=10",
    "min_reconnect_time=5",
    "peer_connect_timeout=5",
    "connection_speed=100",
    "unchoke_interval=3",
    "optimistic_unchoke_interval=9",
    "num_want=100",
    "max_queued_disk_bytes=8388608",
    "send_buffer_low_watermark=524288",
    "send_buffer_watermark=3145728",
    "send_buffer_watermark_factor=150",
    "peer_dscp=0",
    "min_announce_interval=5",
    "seeding_piece_quota=4",
    "local_service_announce_interval=60",
    "dht_announce_interval=30",
    "unchoke_slots_limit=6",
    "connections_limit=500",
    "mixed_mode_algorithm=0",
    "listen_queue_size=512",
    "torrent_connect_boost=80",
    "alert_queue_size=20000",
    "aio_threads=4",
    "tracker_backoff=100",
    "peer_turnover=0",
    "peer_turnover_interval=2147483647",
    "max_retry_port_bind=20",
    "alert_mask=89",
    "send_not_sent_low_watermark=524288",
    "allow_multiple_connections_per_ip=1",
    "rate_limit_ip_overhead=0",
    "announce_to_all_tiers=1",
    "prefer_udp_trackers=0",
    "enable_outgoing_utp=0",
    "seeding_outgoing_connections=0",
    "smooth_connects=0",
    "apply_ip_filter_to_trackers=0",
    "enable_upnp=0",
    "enable_natpmp=0",
    "auto_sequential=0",
    "dht_prefer_verified_node_ids=0",
    "dht_restrict_routing_ips=0",
    "dht_restrict_search_ips=0",
    "dht_ignore_dark_internet=0",
    "ssrf_mitigation=0",
};

TEST(NetworkProfile, FleetChangesNoSetting) {
    EXPECT_EQ(SessionProfile().network, Network::kFleet);
    EXPECT_EQ(changed_settings(settings(Network::kFleet)), kFleetSettings);
    const NetworkProfile& fleet = network_profile(Network::kFleet);
    EXPECT_TRUE(fleet.ration);
    EXPECT_EQ(fleet.fewest_slots, 6U);
    EXPECT_EQ(fleet.most_slots, 20U);
    EXPECT_EQ(fleet.origin_connections, 20);
    EXPECT_EQ(fleet.connections, 14);
    EXPECT_EQ(fleet.session_connections, 500);
    EXPECT_EQ(fleet.daemon_connections, 60);
    EXPECT_TRUE(fleet.ignore_tracker_minimum);
}

TEST(NetworkProfile, IsKnownByName) {
    EXPECT_EQ(parse_network("fleet"), Network::kFleet);
    EXPECT_EQ(parse_network("wan"), Network::kWan);
    EXPECT_EQ(parse_network("internet"), Network::kInternet);
    EXPECT_EQ(parse_network("Fleet"), std::nullopt);
    EXPECT_EQ(parse_network(""), std::nullopt);
}

TEST(NetworkProfile, WanHasMoreUnderWayAndWaitsLonger) {
    const pack fleet = settings(Network::kFleet);
    const pack wan = settings(Network::kWan);
    for (const int setting :
         {pack::max_out_request_queue, pack::request_queue_time, pack::request_timeout, pack::piece_timeout,
          pack::peer_connect_timeout, pack::handshake_timeout, pack::min_reconnect_time, pack::max_failcount,
          pack::unchoke_slots_limit, pack::unchoke_interval, pack::optimistic_unchoke_interval,
          pack::tracker_completion_timeout, pack::tracker_receive_timeout}) {
        EXPECT_GT(wan.get_int(setting), fleet.get_int(setting)) << lt::name_for_setting(setting);
    }
    EXPECT_LT(wan.get_int(pack::connection_speed), fleet.get_int(pack::connection_speed));
    // All of its machines are ours all the same.
    EXPECT_TRUE(network_profile(Network::kWan).ration);
    EXPECT_FALSE(wan.get_bool(pack::enable_outgoing_utp));
    EXPECT_FALSE(wan.get_bool(pack::enable_upnp));
    EXPECT_FALSE(wan.get_bool(pack::enable_natpmp));
    EXPECT_FALSE(wan.get_bool(pack::dht_restrict_routing_ips));
}

TEST(NetworkProfile, TransmissionTakesTheRequestsOfEach) {
    for (const Network network : {Network::kFleet, Network::kWan, Network::kInternet})
        EXPECT_LT(settings(network).get_int(pack::max_out_request_queue), 512);
}

TEST(NetworkProfile, InternetIsAsLibtorrentIs) {
    const pack s = settings(Network::kInternet);
    const pack defaults = lt::default_settings();
    const NetworkProfile& internet = network_profile(Network::kInternet);
    EXPECT_EQ(internet.most_slots, static_cast<std::uint32_t>(defaults.get_int(pack::unchoke_slots_limit)));
    EXPECT_EQ(s.get_int(pack::unchoke_slots_limit), static_cast<int>(internet.fewest_slots))
        << "what it begins with";
    for (const int setting : {pack::mixed_mode_algorithm,
                              pack::peer_dscp,
                              pack::request_queue_time,
                              pack::max_out_request_queue,
                              pack::request_timeout,
                              pack::piece_timeout,
                              pack::send_not_sent_low_watermark,
                              pack::unchoke_interval,
                              pack::optimistic_unchoke_interval,
                              pack::seeding_piece_quota,
                              pack::torrent_connect_boost,
                              pack::connection_speed,
                              pack::connections_limit,
                              pack::peer_connect_timeout,
                              pack::handshake_timeout,
                              pack::min_reconnect_time,
                              pack::max_failcount,
                              pack::peer_turnover,
                              pack::num_want,
                              pack::min_announce_interval,
                              pack::tracker_backoff,
                              pack::tracker_completion_timeout,
                              pack::tracker_receive_timeout,
                              pack::stop_tracker_timeout,
                              pack::dht_announce_interval,
                              pack::local_service_announce_interval,
                              pack::out_enc_policy,
                              pack::in_enc_policy}) {
        EXPECT_EQ(s.get_int(setting), defaults.get_int(setting)) << lt::name_for_setting(setting);
    }
    for (const int setting :
         {pack::enable_outgoing_utp, pack::enable_incoming_utp, pack::enable_upnp, pack::enable_natpmp,
          pack::allow_multiple_connections_per_ip, pack::smooth_connects, pack::seeding_outgoing_connections,
          pack::announce_to_all_trackers, pack::dht_restrict_routing_ips, pack::dht_restrict_search_ips,
          pack::dht_ignore_dark_internet, pack::dht_prefer_verified_node_ids}) {
        EXPECT_EQ(s.get_bool(setting), defaults.get_bool(setting)) << lt::name_for_setting(setting);
    }
    EXPECT_FALSE(network_profile(Network::kInternet).ration);
    EXPECT_FALSE(network_profile(Network::kInternet).ignore_tracker_minimum);
}

TEST(NetworkProfile, NoneAsksPublicNodes) {
    for (const Network network : {Network::kFleet, Network::kWan, Network::kInternet})
        EXPECT_EQ(settings(network).get_str(pack::dht_bootstrap_nodes), "");
}

TEST(NetworkProfile, SaysHowManyMayDialUs) {
    for (const auto& [network, factor] :
         {std::pair(Network::kFleet, 33), std::pair(Network::kWan, 33), std::pair(Network::kInternet, 100)}) {
        SessionProfile profile = on(network);
        profile.listen = {*Endpoint::parse("127.0.0.1:0")};
        profile.dht = false;
        profile.lsd = false;
        lt::session session(make_session_params(profile));
        reset_peer_classes(session, network_profile(network));
        // libtorrent takes the largest factor of a peer's classes, and these two are those of a peer over
        // TCP.
        for (const lt::peer_class_t of :
             {lt::session_handle::global_peer_class_id, lt::session_handle::tcp_peer_class_id})
            EXPECT_EQ(session.get_peer_class(of).connection_limit_factor, factor);
    }
}

}  // namespace
}  // namespace shoal::client
