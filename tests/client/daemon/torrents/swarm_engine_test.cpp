#include "client/daemon/torrents/swarm_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "client/content/staging_folder.hpp"
#include "client/swarm/session_profile.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kPieceBytes = 16384;
constexpr std::size_t kPieces = 4;
constexpr TorrentNumber kTorrent = 1;
constexpr std::size_t kDamagedAt = 2 * kPieceBytes + 5;

/// Of one file of zeros, or of another one of the same name and size.
/// @param source  makes another torrent of the same content
std::string manifest(bool zeros = true, const std::string& source = "", std::size_t count = kPieces) {
    const std::string digest =
        "\x89\x72\x56\xb6\x70\x9e\x1a\x4d\xa9\xda\xba\x92\xb6\xbd\xe3\x9c\xcf\xcc\xd8\xc1";
    std::string pieces;
    for (std::size_t i = 0; i < count; ++i) pieces += zeros ? digest : std::string(20, 'x');
    std::string info = "d6:lengthi" + std::to_string(count * kPieceBytes) +
                       "e4:name7:content12:piece lengthi16384e6:pieces" + std::to_string(pieces.size()) +
                       ":" + pieces;
    if (!source.empty()) info += "6:source" + std::to_string(source.size()) + ":" + source;
    return "d4:info" + info + "ee";
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
        save_record_of_damaged_content(0, started);
        engine_.load();
    }
    void save_record_of_damaged_content(std::int64_t done_at, bool started = true) {
        write_content('!');
        TorrentRecord record = this->record();
        record.started = started;
        record.done_at = done_at;
        record.have.assign(kPieces, true);
        store_.save_manifest(kTorrent, manifest());
        store_.save(record);
    }
    /// One that never ran.
    TorrentRecord record() {
        TorrentRecord record;
        record.number = kTorrent;
        record.hash = std::string(40, '0');
        record.name = "content";
        record.folder = downloads_.string();
        return record;
    }
    TorrentNumber add_magnet(char digit) {
        AddRequest request;
        request.magnet = "magnet:?xt=urn:btih:" + std::string(40, digit);
        return engine_.add(request).number;
    }
    TorrentNumber add(const std::string& bytes) {
        AddRequest request;
        request.manifest = bytes;
        return engine_.add(request).number;
    }
    void write_content(char in_the_middle) {
        std::filesystem::create_directories(downloads_);
        std::string content(kPieces * kPieceBytes, '\0');
        content[kDamagedAt] = in_the_middle;
        std::ofstream(downloads_ / "content", std::ios::binary) << content;
    }
    [[nodiscard]] std::string content(const std::string& name = "content") const {
        return read_file(downloads_ / name, 1 << 20);
    }
    /// A right copy elsewhere.
    std::string good_copy() {
        std::ofstream(folder_ / "good", std::ios::binary) << std::string(kPieces * kPieceBytes, '\0');
        return (folder_ / "good").string();
    }
    /// Whose content is there.
    TorrentNumber add_complete() {
        write_content('\0');
        const TorrentNumber number = add(manifest());
        EXPECT_TRUE(wait_until(number, is_seeding));
        return number;
    }
    static bool in_trouble(const TorrentView& torrent) { return torrent.trouble == TroubleKind::kLocal; }
    static bool is_seeding(const TorrentView& torrent) {
        return torrent.state == TorrentState::kSeeding && torrent.done_at != 0;
    }
    /// As it comes for the magnet that the swarm took in as its `torrent`.
    static client::Event metadata(client::TorrentId torrent = 1) {
        const std::string whole = manifest();
        return client::MetadataReceived{torrent, whole.substr(7, whole.size() - 8), whole};
    }
    bool wait_until(const std::function<bool(const TorrentView&)>& wanted) {
        return wait_until(kTorrent, wanted);
    }
    bool wait_until(TorrentNumber torrent, const std::function<bool(const TorrentView&)>& wanted) {
        return wait_for([&] { return wanted(engine_.view(torrent)); });
    }
    /// False where it does not come about in a time that is long for any machine.
    bool wait_for(const std::function<bool()>& wanted) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!wanted()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            engine_.tick();
            for (const client::Event& event : swarm_.wait(std::chrono::milliseconds(20)))
                engine_.handle(event);
        }
        return true;
    }
    /// @param path  or only the beginning of its name
    bool wait_until_gone(const std::filesystem::path& path) {
        return wait_for([&] {
            for (const auto& one : std::filesystem::directory_iterator(path.parent_path()))
                if (one.path().filename().string().starts_with(path.filename().string())) return false;
            return true;
        });
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

TEST_F(SwarmEngineTest, ReadsAgainAfterAPowerFailureWhatMayNotHaveBeenWrittenOut) {
    for (const bool lately : {true, false}) {
        store_.save(SessionRecord{{}, {}, 1, "the boot before", 1'000'000});
        EngineOptions options = this->options();
        options.boot = "this boot";
        SwarmEngine engine(
            swarm_, store_, options, [] { return std::int64_t{1'800'000'000}; }, [] { return WeekTime{}; });
        save_record_of_damaged_content(lately ? 1'000'000 - 30 : 1'000'000 - 3'600);
        engine.load();
        const auto state = engine.view(kTorrent).state;
        EXPECT_EQ(state == TorrentState::kCheckWaiting, lately);
        EXPECT_EQ(store_.load_session().boot, "this boot");
        engine.save_session(true);
        EXPECT_EQ(store_.load_session().boot, "");
        engine.remove(kTorrent, false);
    }
}

TEST_F(SwarmEngineTest, BelievesWhatIsSavedAfterAKillOrAGoodEnd) {
    for (const std::string before : {"this boot", ""}) {
        store_.save(SessionRecord{{}, {}, 1, before, 1'000'000});
        EngineOptions options = this->options();
        options.boot = "this boot";
        SwarmEngine engine(
            swarm_, store_, options, [] { return std::int64_t{1'800'000'000}; }, [] { return WeekTime{}; });
        save_record_of_damaged_content(1'000'000 - 30);
        engine.load();
        EXPECT_NE(engine.view(kTorrent).state, TorrentState::kCheckWaiting) << before;
        engine.remove(kTorrent, false);
    }
}

TEST_F(SwarmEngineTest, RemovesItsContentAlsoWhileThatIsVerified) {
    const TorrentNumber number = add_complete();
    engine_.verify(number);
    ASSERT_EQ(engine_.view(number).state, TorrentState::kCheckWaiting);
    engine_.remove(number, true);
    EXPECT_TRUE(wait_until_gone(downloads_ / "content"));
}

TEST_F(SwarmEngineTest, KeepsContentThatACheckFoundToBeSomebodyElses) {
    const TorrentNumber number = add_complete();
    write_content('!');
    engine_.verify(number);
    ASSERT_TRUE(wait_until(number, in_trouble));
    engine_.remove(number, true);
    engine_.tick();
    EXPECT_EQ(content()[kDamagedAt], '!');
}

TEST_F(SwarmEngineTest, VerifiesATorrentThatTheSwarmIsStillTakingIn) {
    load(true);
    engine_.verify(kTorrent);
    EXPECT_EQ(engine_.view(kTorrent).state, TorrentState::kCheckWaiting);
    EXPECT_TRUE(wait_until(in_trouble));  // what is there now may be somebody's, and stays
    EXPECT_EQ(engine_.view(kTorrent).left, kPieceBytes);
    EXPECT_EQ(content()[kDamagedAt], '!');
}

TEST_F(SwarmEngineTest, VerifiesAStoppedTorrentOnceItIsStarted) {
    load(false);
    engine_.verify(kTorrent);
    ASSERT_TRUE(
        wait_until([](const TorrentView& torrent) { return torrent.state == TorrentState::kChecking; }));
    engine_.start(kTorrent);
    EXPECT_TRUE(wait_until([](const TorrentView& torrent) { return torrent.left == kPieceBytes; }));
}

TEST_F(SwarmEngineTest, StopsTheTorrentWhoseEventCannotBeHandledAndNoOther) {
    const TorrentNumber first = add_magnet('a');
    const TorrentNumber second = add_magnet('b');
    const std::vector<client::Event> events{client::MetadataReceived{1, "rubbish", "rubbish"},
                                            client::PieceLayersReceived{1, {{"x", "y"}}},
                                            client::ContentMoved{1, "/nowhere"},
                                            client::MoveFailed{1, "why not", 0},
                                            client::ResumeDataReady{1, {}, "rubbish"},
                                            client::TorrentFailed{1, "f", 5, "bad", true},
                                            client::Finished{1},
                                            client::Flushed{1},
                                            client::PieceRejected{1, 7, {}}};
    for (const client::Event& event : events) EXPECT_NO_THROW(engine_.handle(event)) << event.index();
    EXPECT_NO_THROW(engine_.tick());
    EXPECT_EQ(engine_.view(first).trouble, TroubleKind::kLocal);
    EXPECT_THAT(engine_.view(first).trouble_text, HasSubstr("not a valid torrent"));
    EXPECT_EQ(engine_.view(first).trouble_reason, TroubleReason::kBadTorrent);
    EXPECT_EQ(engine_.view(second).trouble, TroubleKind::kNone);
    EXPECT_NO_THROW(engine_.start(first));  // asks the peers again
    EXPECT_EQ(engine_.view(first).trouble, TroubleKind::kNone);
}

TEST_F(SwarmEngineTest, RemembersTheStagingBeforeTheMetadata) {
    const TorrentNumber number = add_magnet('a');
    // What is written last cannot be: a folder has its name.
    std::filesystem::create_directories(store_.manifest_path(number) / "x");
    engine_.handle(metadata());
    EXPECT_EQ(engine_.view(number).trouble, TroubleKind::kLocal);
    EXPECT_TRUE(store_.load(number)->staged);
    std::filesystem::remove_all(store_.manifest_path(number));
    engine_.start(number);
    engine_.handle(metadata(2));
    EXPECT_EQ(engine_.view(number).name, "content");
    // Killed now, it finds both.
    EXPECT_TRUE(store_.load(number)->staged);
    EXPECT_EQ(store_.manifest(number), manifest());
    EXPECT_FALSE(std::filesystem::exists(downloads_ / "content"));
}

TEST_F(SwarmEngineTest, StagesWhatAnOlderStateWouldDownloadUnderItsFinalName) {
    std::filesystem::create_directories(downloads_);
    store_.save_manifest(kTorrent, manifest());
    store_.save(record());
    engine_.load();
    EXPECT_TRUE(std::filesystem::exists(downloads_ / (".shoal-" + std::string(16, '0'))));
    EXPECT_TRUE(store_.load(kTorrent)->staged);
}

TEST_F(SwarmEngineTest, FindsWhatWasMovedWhenItWasKilled) {
    const std::filesystem::path there = folder_ / "there";
    TorrentRecord one = record();
    one.moving_to = there.string();
    one.have.assign(kPieces, true);
    one.done_at = 1;
    write_content('\0');
    std::filesystem::rename(downloads_, there);
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    engine_.load();
    EXPECT_EQ(engine_.view(kTorrent).folder, there.string());
    EXPECT_TRUE(wait_until(is_seeding));
}

TEST_F(SwarmEngineTest, ChecksWhatIsInBothFoldersAfterAKilledMove) {
    const std::filesystem::path there = folder_ / "there";
    TorrentRecord one = record();
    one.moving_to = there.string();
    one.have.assign(kPieces, true);
    one.done_at = 1;
    write_content('!');
    std::filesystem::create_directories(there / "content");
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    engine_.load();
    EXPECT_EQ(engine_.view(kTorrent).folder, downloads_.string());
    EXPECT_TRUE(wait_until(in_trouble));  // looked at, and not written over
}

TEST_F(SwarmEngineTest, RemembersAMoveBeforeItBegins) {
    const TorrentNumber number = add_complete();
    engine_.relocate(number, (folder_ / "there").string(), true);
    EXPECT_EQ(store_.load(number)->moving_to, (folder_ / "there").string());
    EXPECT_EQ(store_.load(number)->folder, downloads_.string());
    EXPECT_TRUE(wait_until(number, [&](const TorrentView& torrent) {
        return torrent.folder == (folder_ / "there").string() && store_.load(number)->moving_to.empty();
    }));
}

TEST_F(SwarmEngineTest, LoadsTheOthersWhereOneTorrentsFilesAreDamaged) {
    const auto save = [&](TorrentNumber number, const std::string& torrent, const std::string& magnet) {
        TorrentRecord one = record();
        one.number = number;
        one.hash = std::string(39, '0') + std::to_string(number);
        one.magnet = magnet;
        store_.save(one);
        if (!torrent.empty()) store_.save_manifest(number, torrent);
    };
    save(1, "rubbish", "");
    save(2, "rubbish", "magnet:?xt=urn:btih:" + std::string(40, 'a'));
    save(3, "", "");
    save(4, "", "magnet:?xt=urn:btih:nonsense");
    save(5, manifest(), "");
    save(6, manifest(), "");  // the same torrent again
    std::filesystem::create_directories(store_.manifest_path(7) / "x");
    save(7, "", "");
    EXPECT_NO_THROW(engine_.load());
    ASSERT_EQ(engine_.torrents().size(), 7u);
    const auto trouble = [&](TorrentNumber number) { return engine_.view(number).trouble; };
    for (const TorrentNumber bad : {1, 3, 4, 6, 7}) EXPECT_EQ(trouble(bad), TroubleKind::kLocal) << bad;
    EXPECT_THAT(engine_.view(6).trouble_text, HasSubstr("is the same torrent as number 5"));
    for (const TorrentNumber good : {2, 5}) EXPECT_EQ(trouble(good), TroubleKind::kNone) << good;
    EXPECT_FALSE(engine_.view(2).has_metadata);
    for (const TorrentNumber set_aside : {1, 2, 7}) {
        EXPECT_FALSE(std::filesystem::exists(store_.manifest_path(set_aside))) << set_aside;
        EXPECT_TRUE(std::filesystem::exists(store_.manifest_path(set_aside).string() + ".damaged"))
            << set_aside;
    }
    for (const TorrentNumber number : engine_.torrents()) {
        EXPECT_NO_THROW(static_cast<void>(engine_.files(number)));
        EXPECT_NO_THROW(static_cast<void>(engine_.detail(number)));
        EXPECT_NO_THROW(engine_.remove(number, true));
    }
}

TEST_F(SwarmEngineTest, StartsThoughAFolderChosenEarlierIsGone) {
    SessionRecord session;
    session.changes.download_folder = "/dev/null/downloads";
    store_.save(session);
    const SwarmEngine again{swarm_, store_, options(), [] { return std::int64_t{1'800'000'000}; },
                            [] { return WeekTime{}; }};
    EXPECT_EQ(again.session().download_folder, downloads_.string());
}

TEST_F(SwarmEngineTest, BelievesNoBitsOfOtherContent) {
    TorrentRecord one = record();
    one.have.assign(100'000, true);
    one.done_at = 1;
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    engine_.load();
    EXPECT_TRUE(wait_until([](const TorrentView& torrent) { return torrent.left == kPieces * kPieceBytes; }));
}

TEST_F(SwarmEngineTest, LeavesAPathToTheTorrentThatHasItUntilToldToTakeItOver) {
    const TorrentNumber old_version = add_complete();
    const TorrentNumber new_version = add(manifest(false));
    ASSERT_TRUE(wait_until(new_version, in_trouble));
    EXPECT_THAT(engine_.view(new_version).trouble_text, HasSubstr("is the content of torrent 1 (content)"));
    EXPECT_EQ(engine_.view(new_version).trouble_reason, TroubleReason::kPlaceTaken);
    EXPECT_EQ(engine_.view(old_version).trouble, TroubleKind::kNone);

    engine_.start(new_version);
    EXPECT_EQ(engine_.view(new_version).trouble, TroubleKind::kNone);
    // It comes beside the old one, which is served until then.
    ASSERT_TRUE(wait_until(new_version, [](const TorrentView& torrent) {
        return torrent.state == TorrentState::kDownloading && torrent.left == kPieces * kPieceBytes;
    }));
    EXPECT_TRUE(is_seeding(engine_.view(old_version)));
    EXPECT_EQ(content(), std::string(kPieces * kPieceBytes, '\0'));
    engine_.remove(new_version, true);
    EXPECT_TRUE(is_seeding(engine_.view(old_version)));
}

TEST_F(SwarmEngineTest, GivesAPathToANewVersionWhenItIsComplete) {
    std::filesystem::create_directories(downloads_);
    std::ofstream(downloads_ / "content", std::ios::binary) << std::string(2 * kPieceBytes, '\0');
    const TorrentNumber old_version = add(manifest(true, "", 2));
    ASSERT_TRUE(wait_until(old_version, is_seeding));
    AddRequest request;
    request.manifest = manifest();
    request.reuse = good_copy();
    request.replace = true;
    const TorrentNumber new_version = engine_.add(request).number;
    ASSERT_TRUE(wait_until(new_version, is_seeding));
    EXPECT_EQ(content(), std::string(kPieces * kPieceBytes, '\0'));
    EXPECT_FALSE(std::filesystem::exists(downloads_ / "content.old"));
    EXPECT_THAT(engine_.view(old_version).trouble_text, HasSubstr("belongs to torrent 2 (content) now"));
    EXPECT_EQ(engine_.view(old_version).state, TorrentState::kStopped);
    EXPECT_TRUE(store_.load(old_version)->displaced);  // also after a kill now
    EXPECT_THROW(engine_.verify(old_version), Error);
    EXPECT_THROW(engine_.start(old_version), Error);
    EXPECT_NO_THROW(engine_.tick());

    engine_.remove(new_version, false);
    std::filesystem::resize_file(downloads_ / "content", 2 * kPieceBytes);
    engine_.start(old_version);  // nobody else has it now: it is looked at first
    EXPECT_TRUE(wait_until(old_version, [](const TorrentView& torrent) {
        return torrent.state == TorrentState::kSeeding && torrent.trouble == TroubleKind::kNone;
    }));
}

TEST_F(SwarmEngineTest, RemovesNoContentThatBelongsToAnotherTorrent) {
    const TorrentNumber old_version = add_complete();
    write_content('!');
    AddRequest request;
    request.manifest = manifest(true, "new");
    request.reuse = good_copy();
    request.replace = true;
    ASSERT_TRUE(wait_until(engine_.add(request).number, is_seeding));
    engine_.remove(old_version, true);
    engine_.tick();
    EXPECT_TRUE(std::filesystem::exists(downloads_ / "content"));
}

TEST_F(SwarmEngineTest, ChangesNothingInThePlaceUntilWhatReplacesItIsComplete) {
    write_content('!');
    const TorrentNumber number = add(manifest());
    ASSERT_TRUE(wait_until(number, in_trouble));
    engine_.start(number);
    EXPECT_TRUE(store_.load(number)->staged);  // also after a kill now
    EXPECT_TRUE(store_.load(number)->replaces);
    // What is there was its start: one piece differs.
    ASSERT_TRUE(wait_until(number, [](const TorrentView& torrent) {
        return torrent.state == TorrentState::kDownloading && torrent.left == kPieceBytes;
    }));
    EXPECT_EQ(content()[kDamagedAt], '!');
    EXPECT_TRUE(store_.load(number)->reuse.empty());
    engine_.remove(number, true);
    EXPECT_TRUE(wait_until_gone(downloads_ / ".shoal-"));
    EXPECT_EQ(content()[kDamagedAt], '!');
}

TEST_F(SwarmEngineTest, KeepsWhatItReplacesWhereAsked) {
    write_content('!');
    AddRequest request;
    request.manifest = manifest();
    request.reuse = good_copy();
    request.keep_old = true;
    const TorrentNumber number = engine_.add(request).number;
    ASSERT_TRUE(wait_until(number, is_seeding));
    EXPECT_EQ(content()[kDamagedAt], '\0');
    EXPECT_EQ(content("content.old")[kDamagedAt], '!');
    EXPECT_TRUE(wait_until_gone(downloads_ / ".shoal-"));
    EXPECT_FALSE(store_.load(number)->staged);
}

TEST_F(SwarmEngineTest, StartsFromAnOlderVersionElsewhere) {
    write_content('!');
    std::filesystem::rename(downloads_ / "content", downloads_ / "older");
    AddRequest request;
    request.manifest = manifest();
    request.reuse = (downloads_ / "older").string();
    const TorrentNumber number = engine_.add(request).number;
    ASSERT_TRUE(wait_until(number, [](const TorrentView& torrent) { return torrent.left == kPieceBytes; }));
    EXPECT_FALSE(std::filesystem::exists(downloads_ / "content"));
    EXPECT_EQ(content("older")[kDamagedAt], '!');
    request.reuse = (folder_ / "nowhere").string();
    request.manifest = manifest(true, "another");
    EXPECT_THROW(engine_.add(request), Error);
    EXPECT_EQ(engine_.torrents().size(), 1u);
}

TEST_F(SwarmEngineTest, GoesOnWithACopyThatWasKilled) {
    write_content('!');
    TorrentRecord one = record();
    one.staged = one.replaces = true;
    one.reuse = (downloads_ / "content").string();
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    client::StagingFolder staging(downloads_, one.hash);
    std::filesystem::create_directories(staging.content(""));
    std::ofstream(staging.content("content")) << "half of it";
    engine_.load();
    ASSERT_TRUE(wait_until([](const TorrentView& torrent) { return torrent.left == kPieceBytes; }));
    EXPECT_EQ(content()[kDamagedAt], '!');
}

TEST_F(SwarmEngineTest, KnowsADeliveryThatWasKilledBeforeItWasNoted) {
    write_content('!');
    TorrentRecord one = record();
    one.staged = one.replaces = one.keep_old = true;
    one.have.assign(kPieces, true);
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    {
        client::StagingFolder staging(downloads_, one.hash);
        staging.open();
        std::filesystem::copy_file(good_copy(), staging.content("content"));
        staging.deliver("content", client::OldContent::kKeep);
        std::filesystem::rename(downloads_ / "content.old", staging.content("content"));
    }
    engine_.load();
    ASSERT_TRUE(wait_until(is_seeding));
    EXPECT_EQ(content()[kDamagedAt], '\0');
    EXPECT_EQ(content("content.old")[kDamagedAt], '!');
    EXPECT_FALSE(std::filesystem::exists(downloads_ / (".shoal-" + std::string(16, '0'))));
}

TEST_F(SwarmEngineTest, OwesTheHookUntilItHasEnded) {
    EngineOptions with_hook = options();
    with_hook.done_hook = true;
    engine_.reconfigure(with_hook);
    const TorrentNumber number = add_complete();
    EXPECT_TRUE(store_.load(number)->hook_owed);
    ASSERT_EQ(engine_.take_notices().size(), 1u);
    EXPECT_TRUE(store_.load(number)->hook_owed) << "it may not even have begun";
    engine_.hook_ended(number);
    EXPECT_FALSE(store_.load(number)->hook_owed);
    engine_.hook_ended(number + 1);  // of one that was removed meanwhile
}

TEST_F(SwarmEngineTest, TellsAgainOfWhatWasDoneWhenItWasKilled) {
    write_content('\0');
    TorrentRecord one = record();
    one.done_at = 1'700'000'000;
    one.hook_owed = true;
    one.have.assign(kPieces, true);
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    engine_.load();
    std::vector<TorrentNotice> notices;
    ASSERT_TRUE(wait_for([&] {
        for (const TorrentNotice& notice : engine_.take_notices()) notices.push_back(notice);
        return !notices.empty();
    }));
    EXPECT_EQ(notices.front().kind, TorrentNotice::Kind::kDone);
    EXPECT_EQ(notices.front().torrent.number, kTorrent);
    engine_.verify(kTorrent);
    ASSERT_FALSE(is_seeding(engine_.view(kTorrent)));
    ASSERT_TRUE(wait_until(is_seeding));
    EXPECT_TRUE(engine_.take_notices().empty()) << "once in a run";
    EXPECT_EQ(engine_.view(kTorrent).done_at, 1'700'000'000);
}

TEST_F(SwarmEngineTest, DeletesTheContentOfARemovalThatWasKilled) {
    write_content('\0');
    std::ofstream(downloads_ / "mine") << "mine";
    TorrentRecord one = record();
    one.removing = true;
    one.done_at = 1;
    store_.save_manifest(kTorrent, manifest());
    store_.save(one);
    engine_.load();
    EXPECT_TRUE(engine_.torrents().empty());
    EXPECT_FALSE(std::filesystem::exists(downloads_ / "content"));
    EXPECT_TRUE(std::filesystem::exists(downloads_ / "mine"));
    EXPECT_TRUE(store_.torrents().empty());
}

TEST_F(SwarmEngineTest, NotesARemovalUntilTheContentIsGone) {
    const TorrentNumber number = add_complete();
    engine_.remove(number, true);
    EXPECT_TRUE(engine_.torrents().empty());
    const auto noted = store_.load(number);
    EXPECT_TRUE(!noted || noted->removing);
    EXPECT_TRUE(wait_until_gone(downloads_ / "content"));
    EXPECT_TRUE(wait_for([&] { return store_.torrents().empty(); }));
}

TEST_F(SwarmEngineTest, KnowsAWatchedFileThatItHasTaken) {
    AddRequest request;
    request.manifest = manifest();
    request.watched = "content.torrent";
    const TorrentNumber number = engine_.add(request).number;
    EXPECT_EQ(store_.load(number)->watched, "content.torrent");
    EXPECT_TRUE(engine_.add(request).same_file);
    request.watched = "another.torrent";
    EXPECT_TRUE(engine_.add(request).duplicate);
    EXPECT_FALSE(engine_.add(request).same_file);
}

TEST_F(SwarmEngineTest, SavesTheChoiceOfFilesWithTheTorrent) {
    AddRequest request;
    request.manifest = manifest();
    request.choose = [](std::uint32_t files) {
        EXPECT_EQ(files, 1u);
        TorrentChange change;
        change.wanted = {{0, false}};
        return change;
    };
    EXPECT_THAT(store_.load(engine_.add(request).number)->file_choices, ElementsAre(-2));
    request.manifest = manifest(true, "another");
    request.choose = [](std::uint32_t) -> TorrentChange {
        throw Error(ExitCode::kUsage, "files-wanted", "there is no file 7");
    };
    EXPECT_THROW(engine_.add(request), Error);
    EXPECT_EQ(engine_.torrents().size(), 1u) << "a torrent that was refused is not there";
}

TEST_F(SwarmEngineTest, VerifiesSharedContentWithoutWritingIt) {
    const TorrentNumber one = add_complete();
    const TorrentNumber twin = add(manifest(true, "twin"));
    ASSERT_TRUE(wait_until(twin, is_seeding));
    EXPECT_EQ(engine_.view(one).trouble, TroubleKind::kNone);
    write_content('!');
    engine_.verify(twin);
    ASSERT_TRUE(wait_until(twin, in_trouble));
    // Who looks first says that it is the other's.
    EXPECT_THAT(engine_.view(twin).trouble_text,
                AnyOf(HasSubstr("is the content of torrent 1"), HasSubstr("other content"),
                      HasSubstr("content changed")));
    EXPECT_EQ(content()[kDamagedAt], '!');
    engine_.remove(twin, true);
    engine_.tick();
    EXPECT_TRUE(std::filesystem::exists(downloads_ / "content"));
}

TEST_F(SwarmEngineTest, KnowsATorrentByEachOfItsHashes) {
    AddRequest request;
    const std::string v1(40, 'a');
    const std::string v2(64, 'b');
    request.magnet = "magnet:?xt=urn:btih:" + v1 + "&xt=urn:btmh:1220" + v2;
    const TorrentNumber number = engine_.add(request).number;
    EXPECT_EQ(engine_.find(v1), number);
    EXPECT_EQ(engine_.find(v2), number);
    request.magnet = "magnet:?xt=urn:btmh:1220" + v2;
    EXPECT_TRUE(engine_.add(request).duplicate);
    engine_.remove(number, false);
    EXPECT_EQ(engine_.find(v2), std::nullopt);
    EXPECT_FALSE(engine_.add(request).duplicate);
}

TEST_F(SwarmEngineTest, RemovesATorrentThatIsToBeVerified) {
    load(true);
    engine_.verify(kTorrent);
    engine_.remove(kTorrent, true);
    EXPECT_TRUE(engine_.torrents().empty());
}

}  // namespace
}  // namespace shoal::daemon
