#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/create_torrent.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/posix_disk_io.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>

#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "client/swarm/plugin/fan_out.hpp"
#include "client/swarm/plugin/leecher_peer.hpp"
#include "client/swarm/plugin/origin_peer.hpp"
#include "client/swarm/plugin/torrent_policy.hpp"
#include "tests/client/wire_peer.hpp"
#include "tests/support/temporary_folder.hpp"

// Sessions of one process on loopback addresses of their own: what the plugin makes libtorrent do, not how
// fast.
namespace shoal::client {
namespace {

namespace lt = libtorrent;
using namespace std::chrono_literals;

constexpr int kPieceSize = 64 * 1024;
constexpr int kPieces = 96;

lt::settings_pack settings(const std::string& address) {
    lt::settings_pack pack;
    pack.set_str(lt::settings_pack::listen_interfaces, address + ":0");
    pack.set_str(lt::settings_pack::user_agent, address);
    pack.set_bool(lt::settings_pack::enable_dht, false);
    pack.set_bool(lt::settings_pack::enable_lsd, false);
    pack.set_bool(lt::settings_pack::enable_upnp, false);
    pack.set_bool(lt::settings_pack::enable_natpmp, false);
    pack.set_bool(lt::settings_pack::enable_incoming_utp, false);
    pack.set_bool(lt::settings_pack::enable_outgoing_utp, false);
    pack.set_bool(lt::settings_pack::allow_multiple_connections_per_ip, true);
    pack.set_int(lt::settings_pack::alert_mask, lt::alert_category::error | lt::alert_category::status);
    pack.set_int(lt::settings_pack::unchoke_slots_limit, -1);
    return pack;
}

/// A session with one torrent.
class Host {
  public:
    Host(const std::shared_ptr<lt::torrent_info>& info, const std::filesystem::path& folder, int number,
         bool seed, const std::optional<FanOutOptions>& plugin)
        : address("127.7.0." + std::to_string(number)), session_(params(address)) {
        if (plugin) {
            rack = plugin->rack;
            fan_out = std::make_unique<FanOut>(*plugin);
            fan_out->attach(session_);
        }
        lt::add_torrent_params add;
        add.ti = std::make_shared<lt::torrent_info>(*info);
        add.save_path = folder.string();
        add.flags &= ~(lt::torrent_flags::auto_managed | lt::torrent_flags::paused);
        if (seed) add.flags |= lt::torrent_flags::seed_mode;
        torrent = session_.add_torrent(add);
    }

    [[nodiscard]] lt::tcp::endpoint endpoint() const {
        return {lt::make_address(address), session_.listen_port()};
    }
    void dial(const Host& other) { torrent.connect_peer(other.endpoint()); }
    [[nodiscard]] bool done() const { return torrent.status().is_seeding; }
    [[nodiscard]] std::int64_t uploaded() const { return torrent.status().total_payload_upload; }

    /// The addresses of those that it is connected with; who dialled comes from 127.0.0.1, but says its name.
    /// @param pieces  that they have at least
    [[nodiscard]] std::set<std::string> peers(int pieces = 0) const {
        std::vector<lt::peer_info> all;
        torrent.get_peer_info(all);
        std::set<std::string> addresses;
        for (const lt::peer_info& peer : all) {
            const bool connected = !(peer.flags & (lt::peer_info::connecting | lt::peer_info::handshake));
            if (connected && peer.num_pieces >= pieces) addresses.insert(peer.client);
        }
        return addresses;
    }

    std::string address;
    std::string rack;
    std::unique_ptr<FanOut> fan_out;

  private:
    static lt::session_params params(const std::string& address) {
        lt::session_params result(settings(address));
        result.disk_io_constructor = lt::posix_disk_io_constructor;
        return result;
    }
    lt::session session_;

  public:
    lt::torrent_handle torrent;
};

class FanOutSwarm : public testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directory(folder_.path() / "origin");
        std::ofstream out(folder_.path() / "origin" / "content", std::ios::binary);
        std::mt19937_64 random(7);
        for (int n = 0; n < kPieceSize * kPieces / 8; ++n) {
            const std::uint64_t word = random();
            out.write(reinterpret_cast<const char*>(&word), sizeof(word));
        }
        out.close();
        lt::file_storage files;
        files.add_file("content", std::int64_t{kPieceSize} * kPieces);
        lt::create_torrent create(files, kPieceSize, lt::create_torrent::v1_only);
        lt::set_piece_hashes(create, (folder_.path() / "origin").string());
        std::vector<char> bytes;
        lt::bencode(std::back_inserter(bytes), create.generate());
        info_ = std::make_shared<lt::torrent_info>(lt::span<const char>(bytes), lt::from_span);
    }

    Host& add(bool seed, bool with_plugin) {
        return add(seed, with_plugin ? std::optional(FanOutOptions()) : std::nullopt);
    }
    Host& add(bool seed, const std::optional<FanOutOptions>& plugin) {
        const int number = static_cast<int>(hosts_.size()) + 1;
        const auto folder = seed ? folder_.path() / "origin" : folder_.path() / std::to_string(number);
        std::filesystem::create_directories(folder);
        hosts_.push_back(std::make_unique<Host>(info_, folder, number, seed, plugin));
        return *hosts_.back();
    }
    void dial_all() {
        for (const auto& from : hosts_) {
            for (const auto& to : hosts_) {
                if (from.get() < to.get() && !(from->done() && to->done())) from->dial(*to);
            }
        }
    }
    /// Bounded by what no healthy run comes near.
    template <typename Condition>
    static bool eventually(Condition condition) {
        for (int n = 0; n < 1200; ++n) {
            if (condition()) return true;
            std::this_thread::sleep_for(50ms);
        }
        return false;
    }
    bool all_done() {
        return eventually([this] {
            return std::all_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return host->done(); });
        });
    }
    [[nodiscard]] double copies(const Host& host) const {
        return static_cast<double>(host.uploaded()) / (double{kPieceSize} * kPieces);
    }

    test::TemporaryFolder folder_;
    std::shared_ptr<lt::torrent_info> info_;
    std::vector<std::unique_ptr<Host>> hosts_;
};

TEST_F(FanOutSwarm, OneOriginRationsAndEveryLeecherFinishes) {
    Host& origin = add(true, true);
    for (int n = 0; n < 4; ++n) add(false, true);
    dial_all();
    ASSERT_TRUE(all_done());
    // The status is renewed once a second.
    auto status = origin.fan_out->ration_status(info_->info_hashes());
    for (int n = 0; n < 100 && status && !status->released; ++n) {
        std::this_thread::sleep_for(50ms);
        status = origin.fan_out->ration_status(info_->info_hashes());
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
    EXPECT_EQ(leecher.fan_out->rationing_origins(info_->info_hashes()), 0);
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
    WirePeer dead(host.endpoint(), info_->info_hashes().v1, "dead");
    WirePeer alive(host.endpoint(), info_->info_hashes().v1, "alive");
    for (policy::PieceIndex piece = 0; piece < 8; ++piece) dead.have(piece);
    ASSERT_TRUE(eventually([&] { return host.peers(8) == std::set<std::string>{"dead"}; }));
    // So far it sent all HAVEs that there were: of twelve more it would have sent twelve.
    for (policy::PieceIndex piece = 0; piece < 12; ++piece) alive.have(piece);
    ASSERT_TRUE(eventually([&] { return host.peers() == std::set<std::string>{"alive"}; }));
    dead.wait_for_end();
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

}  // namespace
}  // namespace shoal::client
