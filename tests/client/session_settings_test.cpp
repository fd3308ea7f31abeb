#include "client/swarm/session_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>

#include "client/swarm/plugin/utp_refusal.hpp"

namespace shoal::client {
namespace {

using pack = lt::settings_pack;

pack settings(const SessionProfile& profile) {
    return make_session_params(profile).settings;
}

TEST(SessionSettings, IsSafeForAPrivateNetworkByDefault) {
    const pack s = settings({});
    EXPECT_FALSE(s.get_bool(pack::enable_upnp));
    EXPECT_FALSE(s.get_bool(pack::enable_natpmp));
    EXPECT_EQ(s.get_str(pack::dht_bootstrap_nodes), "");
    EXPECT_FALSE(s.get_bool(pack::enable_outgoing_utp));
    EXPECT_TRUE(s.get_bool(pack::enable_incoming_utp)) << "for sockets that UtpRefusal can't guard";
    EXPECT_EQ(s.get_str(pack::peer_fingerprint).substr(0, 3), "-SH");
}

TEST(SessionSettings, RefusesUtpWhereItDialsOverTcpAlone) {
    const auto refusals = [](Network network) {
        SessionProfile profile;
        profile.network = network;
        const auto extensions = make_session_params(profile).extensions;
        return std::count_if(extensions.begin(), extensions.end(), [](const auto& plugin) {
            return dynamic_cast<const UtpRefusal*>(plugin.get()) != nullptr;
        });
    };
    EXPECT_EQ(refusals(Network::kFleet), 1);
    EXPECT_EQ(refusals(Network::kWan), 1);
    EXPECT_EQ(refusals(Network::kInternet), 0);
}

TEST(SessionSettings, SwitchesEveryWayOfFindingPeers) {
    SessionProfile profile;
    EXPECT_TRUE(settings(profile).get_bool(pack::enable_dht));
    EXPECT_TRUE(settings(profile).get_bool(pack::enable_lsd));
    profile.dht = profile.lsd = false;
    profile.dht_bootstrap = {"10.0.0.1:6881", "node:6882"};
    EXPECT_FALSE(settings(profile).get_bool(pack::enable_dht));
    EXPECT_FALSE(settings(profile).get_bool(pack::enable_lsd));
    EXPECT_EQ(settings(profile).get_str(pack::dht_bootstrap_nodes), "10.0.0.1:6881,node:6882");
}

TEST(SessionSettings, TakesAnotherPortOnlyWhenNoneWasAskedFor) {
    EXPECT_EQ(settings({}).get_str(pack::listen_interfaces), "0.0.0.0:6881,[::]:6881");
    EXPECT_TRUE(settings({}).get_bool(pack::listen_system_port_fallback));
    SessionProfile profile;
    profile.listen = {*Endpoint::parse("127.0.0.1:7000"), *Endpoint::parse("[::1]:0")};
    EXPECT_EQ(settings(profile).get_str(pack::listen_interfaces), "127.0.0.1:7000,[::1]:0");
    EXPECT_FALSE(settings(profile).get_bool(pack::listen_system_port_fallback));
    EXPECT_EQ(settings(profile).get_int(pack::max_retry_port_bind), 0);
}

TEST(SessionSettings, PassesLimitsThatFit) {
    SessionProfile profile;
    profile.limit_up = 1000;
    profile.limit_down = 5'000'000'000;  // 40 Gbit/s: above what 32 bits hold
    EXPECT_EQ(settings(profile).get_int(pack::upload_rate_limit), 1000);
    EXPECT_EQ(settings(profile).get_int(pack::download_rate_limit), 0);
}

TEST(SessionSettings, DialsFromTheOriginButNotFromFinishedHosts) {
    SessionProfile profile;
    EXPECT_FALSE(settings(profile).get_bool(pack::seeding_outgoing_connections));
    profile.origin = true;
    EXPECT_TRUE(settings(profile).get_bool(pack::seeding_outgoing_connections));
}

}  // namespace
}  // namespace shoal::client
