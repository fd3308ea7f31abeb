#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/ip_filter.hpp>
#include <libtorrent/peer_class.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "client/swarm/plugin/fan_out.hpp"
#include "client/swarm/plugin/leecher_peer.hpp"
#include "client/swarm/plugin/origin_peer.hpp"
#include "client/swarm/plugin/standard_peer.hpp"
#include "client/swarm/plugin/torrent_policy.hpp"
#include "tests/client/loopback_swarm.hpp"
#include "tests/client/wire_peer.hpp"

namespace shoal::client {
namespace {

using namespace std::chrono_literals;

constexpr int kPieces = LoopbackContent::kPieces;

/// One that may have the plugin.
class Host : public LoopbackHost {
  public:
    Host(const LoopbackContent& content, int number, bool seed, const std::optional<FanOutOptions>& plugin)
        : LoopbackHost(number) {
        if (plugin) {
            rack = plugin->rack;
            fan_out = std::make_unique<FanOut>(*plugin);
            fan_out->attach(session);
        }
        add_torrent(content.info(), content.folder_for(number, seed), seed);
    }

    std::string rack;
    std::unique_ptr<FanOut> fan_out;
};

class FanOutSwarm : public testing::Test {
  protected:
    Host& add(bool seed, bool with_plugin) {
        return add(seed, with_plugin ? std::optional(FanOutOptions()) : std::nullopt);
    }
    Host& add(bool seed, const std::optional<FanOutOptions>& plugin) {
        const int number = static_cast<int>(hosts_.size()) + 1;
        hosts_.push_back(std::make_unique<Host>(content_, number, seed, plugin));
        return *hosts_.back();
    }
    /// @param rate  bytes a second, from loopback too
    static void limit_download(Host& host, int rate) {
        lt::ip_filter all_are_global;
        all_are_global.add_rule(lt::make_address("0.0.0.0"), lt::make_address("255.255.255.255"),
                                1U << static_cast<std::uint32_t>(lt::session::global_peer_class_id));
        host.session.set_peer_class_filter(all_are_global);
        lt::settings_pack slow;
        slow.set_int(lt::settings_pack::download_rate_limit, rate);
        host.session.apply_settings(slow);
    }
    void dial_all() {
        for (const auto& from : hosts_) {
            for (const auto& to : hosts_) {
                if (from.get() < to.get() && !(from->done() && to->done())) from->dial(*to);
            }
        }
    }
    bool all_done() {
        return eventually([this] {
            return std::all_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return host->done(); });
        });
    }
    [[nodiscard]] static double copies(const Host& host) {
        return static_cast<double>(host.uploaded()) / (double{LoopbackContent::kPieceSize} * kPieces);
    }

    LoopbackContent content_;
    std::vector<std::unique_ptr<Host>> hosts_;
};

TEST_F(FanOutSwarm, OneOriginRationsAndEveryLeecherFinishes) {
    Host& origin = add(true, true);
    for (int n = 0; n < 4; ++n) add(false, true);
    dial_all();
    ASSERT_TRUE(all_done());
    // The status is renewed once a second.
    auto status = origin.fan_out->ration_status(content_.info().info_hashes());
    for (int n = 0; n < 100 && status && !status->released; ++n) {
        std::this_thread::sleep_for(50ms);
        status = origin.fan_out->ration_status(content_.info().info_hashes());
    }
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->released);
    EXPECT_EQ(status->safe, static_cast<std::uint32_t>(kPieces));
    EXPECT_GE(copies(origin), 1.0);
    EXPECT_LT(copies(origin), 2.0) << "four leechers, and the origin sent no second copy";
}

TEST_F(FanOutSwarm, FewConnectionsLeaveARackAndEveryRackFinishes) {
    FanOutOptions options;
    options.neighbours = {.connections = 4, .fewest = 1, .incoming = 1, .settled = 1h};
    for (int host = 0; host < 8; ++host) {
        options.rack = host % 2 == 0 ? "even" : "odd";
        add(false, options);
    }
    const auto settled = [&] {
        return std::all_of(hosts_.begin(), hosts_.end(), [&](const auto& host) {
            const auto peers = host->peers();
            std::size_t mates = 0;
            for (const auto& other : hosts_)
                mates += other->rack == host->rack ? peers.count(other->address) : 0;
            return mates == 3 && peers.size() <= 3 + 1;
        });
    };
    bool found = false;
    for (int n = 0; n < 1200 && !found; ++n) {
        if (n % 100 == 0) dial_all();
        std::this_thread::sleep_for(50ms);
        found = settled();
    }
    EXPECT_TRUE(found) << "nobody has content yet: who left did so for the rack's sake";
    Host& origin = add(true, true);
    for (const auto& host : hosts_) {
        if (host.get() != &origin) origin.dial(*host);
    }
    EXPECT_TRUE(all_done());
}

TEST_F(FanOutSwarm, AStandardLeecherFinishesBesideOurs) {
    add(true, true);
    add(false, true);
    add(false, false);
    add(false, false);
    dial_all();
    EXPECT_TRUE(all_done());
}

TEST_F(FanOutSwarm, StandardLeechersAloneFinish) {
    add(true, true);
    add(false, false);
    add(false, false);
    dial_all();
    EXPECT_TRUE(all_done());
}

TEST_F(FanOutSwarm, OurLeechersFinishFromAStandardSeed) {
    add(true, false);
    add(false, true);
    add(false, true);
    dial_all();
    EXPECT_TRUE(all_done());
}

TEST_F(FanOutSwarm, TwoOriginsDivideTheirWork) {
    Host& first = add(true, true);
    Host& second = add(true, true);
    // Slow enough that neither has handed out everything before the other's connections stand.
    for (const Host* origin : {&first, &second}) origin->torrent.set_upload_limit(4'000'000);
    for (int n = 0; n < 4; ++n) add(false, true);
    dial_all();
    ASSERT_TRUE(all_done());
    EXPECT_GT(copies(first), 0.2);
    EXPECT_GT(copies(second), 0.2);
    EXPECT_LT(copies(first) + copies(second), 2.5);
}

TEST_F(FanOutSwarm, ALeecherAloneGetsEverything) {
    Host& origin = add(true, true);
    add(false, true);
    dial_all();
    ASSERT_TRUE(all_done());
    EXPECT_LT(copies(origin), 1.1);
}

TEST_F(FanOutSwarm, ALeecherOfSomePiecesIsNotRationed) {
    add(true, true);
    Host& leecher = add(false, true);
    std::vector<lt::download_priority_t> priorities(kPieces, lt::dont_download);
    std::fill_n(priorities.begin(), 3, lt::default_priority);
    leecher.torrent.prioritize_pieces(priorities);
    dial_all();
    EXPECT_TRUE(eventually([&] { return leecher.torrent.status().is_finished; }));
    EXPECT_EQ(leecher.fan_out->rationing_origins(content_.info().info_hashes()), 0);
}

TEST_F(FanOutSwarm, ALateJoinerFinishesAfterTheOriginLeft) {
    add(true, true);
    add(false, true);
    add(false, true);
    dial_all();
    ASSERT_TRUE(all_done());
    hosts_.erase(hosts_.begin());
    add(false, true);
    dial_all();
    EXPECT_TRUE(all_done());
}

TEST_F(FanOutSwarm, ANeighbourThatFallsSilentWhileOthersGoOnIsHungUpOn) {
    FanOutOptions options;
    options.neighbour_silence = 100ms;
    Host& host = add(false, options);
    WirePeer dead(host.endpoint(), content_.info().info_hashes().v1, "dead");
    WirePeer alive(host.endpoint(), content_.info().info_hashes().v1, "alive");
    for (policy::PieceIndex piece = 0; piece < 8; ++piece) dead.have(piece);
    ASSERT_TRUE(eventually([&] { return host.peers(8) == std::set<std::string>{"dead"}; }));
    // So far it sent all HAVEs that there were: of twelve more it would have sent twelve.
    for (policy::PieceIndex piece = 0; piece < 12; ++piece) alive.have(piece);
    ASSERT_TRUE(eventually([&] { return host.peers() == std::set<std::string>{"alive"}; }));
    dead.wait_for_end();
}

TEST_F(FanOutSwarm, ALeecherServesManyAtOnceOnceAPieceCameFast) {
    add(true, true);
    Host& leecher = add(false, true);
    dial_all();
    ASSERT_TRUE(eventually([&] {
        const auto settings = leecher.session.get_settings();
        return settings.get_int(lt::settings_pack::unchoke_slots_limit) ==
               static_cast<int>(policy::UnchokeSlots::Options().most);
    }));
    EXPECT_TRUE(all_done());
}

TEST_F(FanOutSwarm, AHaveToANeighbourThatAsksForNothingComesWithAnUnchoke) {
    const std::string unchoke(1, 1);
    constexpr char kHave = 4;
    Host& host = add(false, true);
    const Host& seed = add(true, false);
    WirePeer idle(host.endpoint(), content_.info().info_hashes().v1, "idle");
    idle.read_handshake();
    idle.interested();
    while (idle.read_message() != unchoke) continue;
    host.dial(seed);
    for (int haves = 0; haves < 8;) {
        const std::string message = idle.read_message();
        if (message.empty() || message[0] != kHave) continue;
        ++haves;
        EXPECT_EQ(idle.read_message(), unchoke);
    }
}

TEST_F(FanOutSwarm, AHostThatDownloadsServesOthersOnlyWhileNoneOfOursWaits) {
    constexpr char kUnchoke = 1;
    constexpr char kHave = 4;
    constexpr char kPiece = 7;
    constexpr char kReject = 16;
    Host& host = add(false, true);
    const Host& seed = add(true, false);
    limit_download(host, 1 << 16);
    const auto hash = content_.info().info_hashes().v1;
    auto ours = std::make_unique<WirePeer>(host.endpoint(), hash, "ours");
    ours->read_handshake();
    ours->interested();
    WirePeer other(host.endpoint(), hash, "other", nullptr, WirePeer::Kind::kStandard);
    other.read_handshake();
    other.interested();
    host.dial(seed);
    const auto read = [&](const std::string& wanted) {
        std::string message;
        while (message.empty() || wanted.find(message[0]) == std::string::npos)
            message = other.read_message();
        return message;
    };
    const auto piece = static_cast<policy::PieceIndex>(read({kHave})[4]);
    other.request(piece);
    EXPECT_EQ(read({kPiece, kReject})[0], kReject);
    ours.reset();
    read({kUnchoke});
    other.request(piece);
    EXPECT_EQ(read({kPiece, kReject})[0], kPiece);
    EXPECT_FALSE(host.done());
}

/// One connection's plugin by itself: what it says to libtorrent does not need a connection.
class AskingAfterAChoke : public FanOutSwarm {
  protected:
    std::shared_ptr<TorrentPolicy> torrent(bool seed) {
        return std::make_shared<TorrentPolicy>(add(seed, false).torrent, FanOutOptions{}, 1, 1,
                                               std::make_shared<FanOutView>());
    }
    template <typename Peer>
    void expect_grace(Peer& ours, Peer& strange) {
        const lt::error_code asked(lt::errors::too_many_requests_when_choked);
        EXPECT_TRUE(ours.can_disconnect(asked))
            << "never unchoked: there is no choke that it could have missed";
        ours.sent_choke();
        strange.sent_choke();
        EXPECT_FALSE(ours.can_disconnect(asked));
        EXPECT_TRUE(ours.can_disconnect(lt::error_code(lt::errors::invalid_have)));
        EXPECT_TRUE(strange.can_disconnect(asked));
    }
    lt::peer_connection_handle nobody_{std::weak_ptr<lt::peer_connection>{}};
};

TEST_F(AskingAfterAChoke, EndsNoConnectionOfALeecher) {
    const auto policy = torrent(false);
    LeecherPeer ours(nobody_, policy);
    LeecherPeer strange(nobody_, policy);
    lt::entry handshake;
    ours.add_handshake(handshake);
    EXPECT_TRUE(ours.on_extension_handshake(lt::bdecode("d5:shoaldee")));
    expect_grace(ours, strange);
}

TEST_F(AskingAfterAChoke, EndsNoConnectionOfAnOrigin) {
    const auto policy = torrent(true);
    OriginPeer ours(nobody_, policy);
    OriginPeer strange(nobody_, policy);
    EXPECT_TRUE(ours.on_extension_handshake(lt::bdecode("d5:shoald6:rationi7eee")));
    expect_grace(ours, strange);
    EXPECT_TRUE(ours.can_disconnect(lt::error_code(lt::errors::timed_out_no_request)))
        << "it rations nothing";
}

TEST_F(AskingAfterAChoke, EndsNoConnectionOfAnotherClientThatWaitsForOurs) {
    StandardPeer other(nobody_, torrent(false));
    const lt::error_code asked(lt::errors::too_many_requests_when_choked);
    EXPECT_TRUE(other.can_disconnect(asked));
    other.sent_choke();
    EXPECT_FALSE(other.can_disconnect(asked));
    EXPECT_TRUE(other.can_disconnect(lt::error_code(lt::errors::invalid_have)));
}

}  // namespace
}  // namespace shoal::client
