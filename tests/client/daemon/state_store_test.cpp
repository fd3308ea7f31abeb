#include "client/daemon/state_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/file_io.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

TorrentRecord record() {
    TorrentRecord record;
    record.number = 7;
    record.hash = std::string(40, 'c');
    record.name = "caf\xe9 \xe2\x82\xac";  // not UTF-8
    record.folder = "/srv/\xe2\x82\xac";
    record.started = false;
    record.foreign = true;
    record.hook_owed = true;
    record.placed = {true, false};
    record.uploaded = 1ull << 40;
    record.done_at = 1'700'000'000;
    record.settings.limited_up = true;
    record.settings.limit_up = 5000;
    record.settings.ratio_source = GoalSource::kOwn;
    record.settings.ratio_limit = 1.25;
    record.settings.labels = {"a", "b"};
    record.trackers = {{"http://a/announce"}, {"http://b/announce"}};
    record.file_choices = {-2, 0, 1};
    record.have = {true, false, true, true, false, false, false, false, true};
    record.swarm_state = std::string("\0\xff x", 4);
    return record;
}

TEST(StateStore, BringsBackARecordAsItWas) {
    test::TemporaryFolder folder;
    {
        StateStore store(folder / "state");
        store.save(record());
        store.save_manifest(7, "manifest");
    }
    StateStore store(folder / "state");
    ASSERT_THAT(store.torrents(), ElementsAre(7));
    const auto loaded = store.load(7);
    ASSERT_TRUE(loaded);
    const TorrentRecord& back = *loaded;
    const TorrentRecord expected = record();
    EXPECT_EQ(write_record(back), write_record(expected));
    EXPECT_EQ(back.number, 7);
    EXPECT_EQ(back.name, expected.name);
    EXPECT_EQ(back.have, expected.have);
    EXPECT_EQ(back.swarm_state, expected.swarm_state);
    EXPECT_TRUE(back.foreign);
    EXPECT_TRUE(back.hook_owed);
    EXPECT_EQ(back.placed, (std::vector<bool>{true, false}));
    EXPECT_EQ(back.file_choices, expected.file_choices);
    EXPECT_EQ(back.settings.ratio_limit, 1.25);
    EXPECT_EQ(store.manifest(7), "manifest");
    EXPECT_EQ(store.manifest(8), std::nullopt);
    store.remove(7);
    store.remove(7);
    EXPECT_THAT(store.torrents(), IsEmpty());
    EXPECT_EQ(store.manifest(7), std::nullopt);
}

TEST(StateStore, SetsDamagedFilesAside) {
    test::TemporaryFolder folder;
    StateStore store(folder / "state");
    store.save(record());
    const fs::path torrents = folder / "state" / "torrents";
    const std::string whole = read_file(torrents / "7.json", 1 << 20);
    for (const std::string& text : {std::string(), std::string("{"), std::string("[]"),
                                    std::string(4096, '\0'), whole.substr(0, whole.size() / 2)}) {
        write_file_atomically(torrents / "8.json", text, Overwrite::kYes);
        EXPECT_THAT(store.torrents(), ElementsAre(7, 8));
        EXPECT_TRUE(store.load(7));
        EXPECT_FALSE(store.load(8)) << text.size();
        EXPECT_TRUE(fs::exists(torrents / "8.json.damaged"));
        EXPECT_FALSE(fs::exists(torrents / "8.json"));
    }
}

TEST(StateStore, SetsAsideWhatHoldsAbsurdValues) {
    const std::string whole = write_record(record());
    const std::vector<std::pair<std::string, std::string>> changes{
        {R"("pieces": 9)", R"("pieces": 18446744073709551615)"},
        {R"("pieces": 9)", R"("pieces": 1e30)"},
        {R"("pieces": 9)", R"("pieces": -9)"},
        {R"("pieces": 9)", R"("pieces": 9.5)"},
        {R"("pieces": 9)", R"("pieces": 17)"},
        {R"("uploaded": 1099511627776)", R"("uploaded": 1e30)"},
        {R"("uploaded": 1099511627776)", R"("uploaded": 18446744073709551615)"},
        {R"("uploaded": 1099511627776)", R"("uploaded": -1)"},
        {R"("done_at": 1700000000)", R"("done_at": -9223372036854775808)"},
        {R"("done_at": 1700000000)", R"("done_at": true)"},
        {R"("ratio_source": 1)", R"("ratio_source": 7)"},
        {R"("ratio_limit": 1.25)", R"("ratio_limit": -1)"},
        {R"("ratio_limit": 1.25)", R"("ratio_limit": 1e999)"},
        {R"("idle_minutes": 0)", R"("idle_minutes": 99999999999)"},
        {R"("peer_limit": 0)", R"("peer_limit": -5)"},
        {R"("started": false)", R"("started": 1)"},
        {R"("hash": "cccc)", R"("hash": "../c)"},
        {R"("folder": "/srv)", R"("folder": "srv)"},
        {R"("settings": {)", R"("settings": [], "x": {)"},
        {R"(  -2,)", R"(  -200,)"},
    };
    test::TemporaryFolder folder;
    StateStore store(folder / "state");
    const fs::path torrents = folder / "state" / "torrents";
    for (const auto& [from, to] : changes) {
        std::string text = whole;
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        write_file_atomically(torrents / "8.json", text, Overwrite::kYes);
        EXPECT_FALSE(store.load(8)) << to;
        EXPECT_TRUE(fs::remove(torrents / "8.json.damaged")) << to;
    }
}

TEST(StateStore, SurvivesRandomDamage) {
    const std::string whole = write_record(record());
    std::mt19937_64 random(5);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        for (int i = 0; i < 2; ++i) text[random() % text.size()] = "0123456789-+.e\"{}[],:x"[random() % 23];
        try {
            const TorrentRecord read = read_record(text);
            EXPECT_LE(read.have.size(), 8 * text.size());
        } catch (const Error&) {
            continue;  // the one kind of failure that its readers expect
        }
    }
}

TEST(StateStore, SetsAsideWhatCannotBeRead) {
    test::TemporaryFolder folder;
    StateStore store(folder / "state");
    const fs::path torrents = folder / "state" / "torrents";
    fs::create_directory(torrents / "4.json");
    ASSERT_EQ(::mkfifo((torrents / "5.json").c_str(), 0600), 0);
    fs::create_symlink("/nowhere", torrents / "6.json");
    fs::create_directory(folder / "state" / "session.json");
    EXPECT_THAT(store.torrents(), ElementsAre(4, 5, 6));
    for (const TorrentNumber number : {4, 5, 6}) EXPECT_FALSE(store.load(number));
    EXPECT_THAT(store.torrents(), IsEmpty());
    EXPECT_EQ(store.load_session().next_number, 1);
    EXPECT_TRUE(fs::exists(folder / "state" / "session.json.damaged"));
    store.save(SessionRecord{});
    EXPECT_TRUE(fs::is_regular_file(folder / "state" / "session.json"));
}

TEST(StateStore, ReadsTorrentsInOrderAndIgnoresStrangers) {
    test::TemporaryFolder folder;
    StateStore store(folder / "state");
    for (const TorrentNumber number : {12, 3, 100}) {
        TorrentRecord one = record();
        one.number = number;
        store.save(one);
    }
    for (const char* name :
         {"x.json", "-1.json", "0.json", "9223372036854775807.json", "7.json.123.tmp", "5.torrent"})
        write_file_atomically(folder / "state" / "torrents" / name, "?", Overwrite::kNo);
    EXPECT_THAT(store.torrents(), ElementsAre(3, 12, 100));
}

TEST(StateStore, KeepsTheSessionsChangesAndTotals) {
    test::TemporaryFolder folder;
    StateStore store(folder / "state");
    EXPECT_EQ(store.load_session().next_number, 1);
    SessionRecord session;
    session.next_number = 42;
    session.boot = "a boot";
    session.alive_at = 1'700'000'000;
    session.changes.limit_up = 12'000;
    session.changes.start_added = false;
    session.totals.uploaded = 5;
    store.save(session);
    const SessionRecord back = store.load_session();
    EXPECT_EQ(back.next_number, 42);
    EXPECT_EQ(back.boot, "a boot");
    EXPECT_EQ(back.alive_at, 1'700'000'000);
    EXPECT_EQ(back.changes.limit_up, 12'000u);
    EXPECT_EQ(back.changes.start_added, false);
    EXPECT_EQ(back.changes.limit_down, std::nullopt);
    EXPECT_EQ(back.totals.uploaded, 5u);
    std::string absurd = write_record(session);
    absurd.replace(absurd.find("12000"), 5, "1e300");
    for (const std::string& text : {std::string("{"), absurd}) {
        write_file_atomically(folder / "state" / "session.json", text, Overwrite::kYes);
        EXPECT_EQ(store.load_session().next_number, 1);
        EXPECT_TRUE(fs::remove(folder / "state" / "session.json.damaged"));
    }
}

TEST(StateStore, ForgetsAManifestWhoseRecordWasNeverWritten) {
    test::TemporaryFolder folder;
    StateStore store(folder / "state");
    TorrentRecord whole = record();
    whole.number = 1;
    store.save(whole);
    for (const TorrentNumber number : {1, 2, 3}) store.save_manifest(number, "manifest");
    write_file_atomically(folder / "state" / "torrents" / "3.json.damaged", "{", Overwrite::kNo);
    store.remove_orphans();
    EXPECT_TRUE(store.manifest(1));
    EXPECT_FALSE(store.manifest(2));
    EXPECT_TRUE(store.manifest(3)) << "somebody may mend its record";
}

TEST(StateStore, KeepsWhatBelongsToAnUpdate) {
    TorrentRecord one = record();
    one.replaces = one.keep_old = one.removing = true;
    one.reuse = "/srv/older \xff";
    one.watched = "model.torrent";
    one.content_mark = 0xfedcba9876543210;
    const TorrentRecord back = read_record(write_record(one));
    EXPECT_TRUE(back.replaces && back.keep_old && back.removing);
    EXPECT_EQ(back.reuse, one.reuse);
    EXPECT_EQ(back.watched, one.watched);
    EXPECT_EQ(back.content_mark, one.content_mark);
    std::string absurd = write_record(one);
    absurd.replace(absurd.find("fedcba"), 1, "x");
    EXPECT_THROW(read_record(absurd), Error);
}

TEST(StateStore, BelongsToOneDaemon) {
    test::TemporaryFolder folder;
    const StateStore store(folder / "state");
    EXPECT_THROW(StateStore(folder / "state"), Error);
    EXPECT_THROW(StateStore("/dev/null/state"), Error);
}

TEST(StateStore, RefusesARecordOfANewerVersion) {
    std::string text = write_record(record());
    text.replace(text.find("\"version\": 1"), 12, "\"version\": 2");
    EXPECT_THROW(read_record(text), Error);
}

}  // namespace
}  // namespace shoal::daemon
