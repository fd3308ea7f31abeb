#include "client/daemon/swarm_engine.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "client/swarm/session_profile.hpp"
#include "client/swarm/swarm.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

constexpr std::size_t kPieceBytes = 16384;
constexpr std::size_t kPieces = 4;
constexpr TorrentNumber kTorrent = 1;

/// Of one file of zeros.
std::string manifest() {
    const std::string digest =
        "\x89\x72\x56\xb6\x70\x9e\x1a\x4d\xa9\xda\xba\x92\xb6\xbd\xe3\x9c\xcf\xcc\xd8\xc1";
    std::string pieces;
    for (std::size_t i = 0; i < kPieces; ++i) pieces += digest;
    return "d4:infod6:lengthi65536e4:name7:content12:piece lengthi16384e6:pieces80:" + pieces + "ee";
}

client::SessionProfile alone_on_loopback() {
    client::SessionProfile profile;
    profile.listen = {{IpAddress::v4({127, 0, 0, 1}), 0}};
    profile.dht = profile.lsd = profile.pex = false;
    return profile;
}

/// An engine that comes back with a torrent whose pieces it had all verified, and one of them was damaged
/// since.
class SwarmEngineTest : public ::testing::Test {
  protected:
    void load(bool started) {
        std::filesystem::create_directories(downloads_);
        std::string content(kPieces * kPieceBytes, '\0');
        content[2 * kPieceBytes + 5] = '!';
        std::ofstream(downloads_ / "content", std::ios::binary) << content;
        TorrentRecord record;
        record.number = kTorrent;
        record.hash = std::string(40, '0');
        record.name = "content";
        record.folder = downloads_.string();
        record.started = started;
        record.have.assign(kPieces, true);
        store_.save_manifest(kTorrent, manifest());
        store_.save(record);
        engine_.load();
    }
    /// False where it does not come about in a time that is long for any machine.
    bool wait_until(const std::function<bool(const TorrentView&)>& wanted) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!wanted(engine_.view(kTorrent))) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            engine_.tick();
            for (const client::Event& event : swarm_.wait(std::chrono::milliseconds(20)))
                engine_.handle(event);
        }
        return true;
    }
    EngineOptions options() {
        EngineOptions options;
        options.session.download_folder = downloads_.string();
        return options;
    }

    test::TemporaryFolder folder_;
    std::filesystem::path downloads_ = folder_ / "downloads";
    StateStore store_{folder_ / "state"};
    client::Swarm swarm_{alone_on_loopback()};
    SwarmEngine engine_{swarm_, store_, options(), [] { return std::int64_t{1'800'000'000}; },
                        [] { return WeekTime{}; }};
};

TEST_F(SwarmEngineTest, BelievesWhatIsSavedUntilToldToVerify) {
    load(true);
    ASSERT_TRUE(
        wait_until([](const TorrentView& torrent) { return torrent.state == TorrentState::kSeeding; }));
    engine_.verify(kTorrent);
    EXPECT_EQ(engine_.view(kTorrent).state, TorrentState::kCheckWaiting);
    EXPECT_TRUE(wait_until([](const TorrentView& torrent) { return torrent.left == kPieceBytes; }));
}

TEST_F(SwarmEngineTest, VerifiesATorrentThatTheSwarmIsStillTakingIn) {
    load(true);
    engine_.verify(kTorrent);
    EXPECT_EQ(engine_.view(kTorrent).state, TorrentState::kCheckWaiting);
    EXPECT_TRUE(wait_until([](const TorrentView& torrent) {
        return torrent.left == kPieceBytes && torrent.state == TorrentState::kDownloading;
    }));
}

TEST_F(SwarmEngineTest, VerifiesAStoppedTorrentOnceItIsStarted) {
    load(false);
    engine_.verify(kTorrent);
    ASSERT_TRUE(
        wait_until([](const TorrentView& torrent) { return torrent.state == TorrentState::kChecking; }));
    engine_.start(kTorrent);
    EXPECT_TRUE(wait_until([](const TorrentView& torrent) { return torrent.left == kPieceBytes; }));
}

TEST_F(SwarmEngineTest, RemovesATorrentThatIsToBeVerified) {
    load(true);
    engine_.verify(kTorrent);
    engine_.remove(kTorrent, true);
    EXPECT_TRUE(engine_.torrents().empty());
}

}  // namespace
}  // namespace shoal::daemon
