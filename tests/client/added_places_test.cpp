#include "client/swarm/plugin/added_places.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <libtorrent/torrent_handle.hpp>
#include <memory>

#include "tests/client/loopback_swarm.hpp"

namespace shoal::client {
namespace {

class AddedPlacesTest : public ::testing::Test {
  protected:
    AddedPlacesTest() {
        host_.add_torrent(content_.info(), content_.folder_for(1, true), true);
        host_.torrent.add_extension(
            [](const lt::torrent_handle& torrent, lt::client_data_t) {
                return std::make_shared<AddedPlaces>(torrent, 200);
            },
            lt::client_data_t());
        set_limit(3);
    }
    void set_limit(int limit) { host_.torrent.set_max_connections(limit); }
    int limit() const { return host_.torrent.max_connections(); }
    void learn_of(int peer, lt::peer_source_flags_t source) {
        host_.torrent.connect_peer({lt::make_address("127.0.0.1"), static_cast<std::uint16_t>(peer)}, source);
    }

  private:
    LoopbackContent content_;
    LoopbackHost host_{1};
};

TEST_F(AddedPlacesTest, EachPeerThatDialledUsHasOneUpToAFactorOfTheLimit) {
    learn_of(1, kDialledUs);
    EXPECT_EQ(limit(), 4);
    learn_of(1, kDialledUs);
    EXPECT_EQ(limit(), 4) << "the same peer";
    for (const int peer : {2, 3, 4, 5}) learn_of(peer, kDialledUs);
    EXPECT_EQ(limit(), 6) << "200 %";
}

TEST_F(AddedPlacesTest, WhoIsKnownFromElsewhereHasNone) {
    learn_of(1, lt::peer_info::tracker);
    learn_of(2, {});
    EXPECT_EQ(limit(), 3);
}

TEST_F(AddedPlacesTest, ALimitThatSomebodySetsIsTheNewBeginning) {
    learn_of(1, kDialledUs);
    set_limit(2);
    for (const int peer : {1, 2, 3}) learn_of(peer, kDialledUs);
    EXPECT_EQ(limit(), 4);
}

}  // namespace
}  // namespace shoal::client
