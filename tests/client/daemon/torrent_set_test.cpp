#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/daemon/rpc/rpc_call.hpp"
#include "tests/client/daemon/fake_engine.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class SetTest : public testing::Test {
  protected:
    FakeEngine engine;

    std::string send(const std::string& method, const json& arguments) {
        RpcCall call(json{{"method", method}, {"arguments", arguments}}.dump());
        call.run(engine);
        return json::parse(call.text())["result"];
    }
    const TorrentChange& change(const json& arguments) {
        EXPECT_EQ(send("torrent-set", arguments), "success");
        return engine.table.at(1).last_change;
    }
    void SetUp() override {
        auto& torrent = engine.insert(1, "one");
        torrent.view.files = 3;
        for (const char* url : {"http://a/announce", "http://b/announce", "udp://c:1"}) {
            TrackerView tracker;
            tracker.announce = url;
            tracker.tier = url[7] == 'a' || url[7] == 'b' ? 0 : 1;
            torrent.trackers.push_back(tracker);
        }
    }
};

TEST_F(SetTest, ChangesLimitsGoalsAndLabels) {
    const TorrentChange& got = change({{"downloadLimit", 100},
                                       {"downloadLimited", true},
                                       {"uploadLimited", 0},
                                       {"honorsSessionLimits", false},
                                       {"peer-limit", 7},
                                       {"seedRatioLimit", 1.5},
                                       {"seedRatioMode", 1},
                                       {"seedIdleLimit", 10},
                                       {"seedIdleMode", 2},
                                       {"labels", {"a", "b"}}});
    EXPECT_EQ(got.limit_down, 100'000u);
    EXPECT_EQ(got.limited_down, true);
    EXPECT_EQ(got.limited_up, false);
    EXPECT_EQ(got.limit_up, std::nullopt);
    EXPECT_EQ(got.honors_session_limits, false);
    EXPECT_EQ(got.peer_limit, 7);
    EXPECT_EQ(got.ratio_limit, 1.5);
    EXPECT_EQ(got.ratio_source, GoalSource::kOwn);
    EXPECT_EQ(got.idle_minutes, 10);
    EXPECT_EQ(got.idle_source, GoalSource::kNone);
    EXPECT_THAT(*got.labels, ElementsAre("a", "b"));
    EXPECT_FALSE(got.trackers);
}

TEST_F(SetTest, ChoosesFilesAndAnEmptyListIsAll) {
    EXPECT_THAT(
        change({{"files-unwanted", json::array()}, {"files-wanted", {1}}}).wanted,
        ElementsAre(std::pair(0u, false), std::pair(1u, false), std::pair(2u, false), std::pair(1u, true)));
    EXPECT_THAT(change({{"priority-high", {2}}}).priorities, ElementsAre(std::pair(2u, FilePriority::kHigh)));
    EXPECT_THAT(send("torrent-set", {{"files-wanted", {3}}}), HasSubstr("there is no file 3"));
    EXPECT_THAT(send("torrent-set", {{"files-wanted", {-1}}}), HasSubstr("there is no file -1"));
}

TEST_F(SetTest, EditsTrackers) {
    using Tiers = std::vector<std::vector<std::string>>;
    EXPECT_EQ(*change({{"trackerAdd", {"http://d/announce"}}}).trackers,
              (Tiers{{"http://a/announce", "http://b/announce"}, {"udp://c:1"}, {"http://d/announce"}}));
    EXPECT_EQ(*change({{"trackerRemove", {0, 2}}}).trackers, (Tiers{{"http://b/announce"}}));
    EXPECT_EQ(*change({{"trackerReplace", {1, "http://x/announce"}}}).trackers,
              (Tiers{{"http://a/announce", "http://x/announce"}, {"udp://c:1"}}));
    EXPECT_EQ(*change({{"trackerList", "http://x/announce\nhttp://y/announce\n\n\nudp://z:1\n"}}).trackers,
              (Tiers{{"http://x/announce", "http://y/announce"}, {"udp://z:1"}}));
    EXPECT_THAT(send("torrent-set", {{"trackerAdd", {"ftp://d"}}}), HasSubstr("not a tracker"));
    EXPECT_THAT(send("torrent-set", {{"trackerRemove", {9}}}), HasSubstr("there is no tracker 9"));
    EXPECT_THAT(send("torrent-set", {{"trackerReplace", {0}}}), HasSubstr("by turns"));
}

TEST_F(SetTest, RefusesNonsense) {
    const json cases = {{{"downloadLimit", "fast"}}, {{"peer-limit", 70000}},    {{"seedRatioMode", 3}},
                        {{"labels", {"a,b"}}},       {{"labels", "a"}},          {{"seedRatioLimit", -1}},
                        {{"bandwidthPriority", 1}},  {{"location", "relative"}}, {{"downloadLimited", 2}},
                        {{"peer-limit", 1.5}},       {{"downloadLimit", 1e30}}};
    for (const json& arguments : cases) EXPECT_NE(send("torrent-set", arguments), "success") << arguments;
}

TEST_F(SetTest, SessionGetAnswersWhatClientsAskOnConnect) {
    RpcCall call(R"({"method":"session-get"})");
    call.run(engine);
    const json session = json::parse(call.text())["arguments"];
    for (const char* name : {"version",
                             "rpc-version",
                             "rpc-version-minimum",
                             "config-dir",
                             "download-dir",
                             "peer-port",
                             "port-forwarding-enabled",
                             "utp-enabled",
                             "dht-enabled",
                             "lpd-enabled",
                             "pex-enabled",
                             "encryption",
                             "cache-size-mb",
                             "alt-speed-down",
                             "alt-speed-enabled",
                             "alt-speed-time-begin",
                             "alt-speed-time-enabled",
                             "alt-speed-time-end",
                             "alt-speed-time-day",
                             "alt-speed-up",
                             "peer-limit-global",
                             "speed-limit-down",
                             "speed-limit-down-enabled",
                             "speed-limit-up",
                             "speed-limit-up-enabled",
                             "seedRatioLimit",
                             "seedRatioLimited",
                             "start-added-torrents",
                             "trash-original-torrent-files",
                             "units"}) {
        EXPECT_TRUE(session.contains(name)) << name;
    }
    EXPECT_EQ(session["rpc-version"], 17);
}

TEST_F(SetTest, SessionGetHonoursItsFields) {
    RpcCall call(R"({"method":"session-get","arguments":{"fields":["rpc-version","nothing"]}})");
    call.run(engine);
    EXPECT_EQ(json::parse(call.text())["arguments"], json::parse(R"({"rpc-version":17})"));
}

TEST_F(SetTest, SessionSetChangesLimitsButNotTheConfiguration) {
    EXPECT_EQ(send("session-set", {{"speed-limit-down", 250},
                                   {"speed-limit-down-enabled", true},
                                   {"alt-speed-time-begin", 60},
                                   {"dht-enabled", true},
                                   {"download-dir", "/srv"}}),
              "success");
    EXPECT_EQ(engine.last_session_change.limit_down, 250'000u);
    EXPECT_EQ(engine.last_session_change.limited_down, true);
    EXPECT_EQ(engine.last_session_change.alternative_begin, 60);
    EXPECT_EQ(engine.last_session_change.download_folder, "/srv");
    EXPECT_THAT(send("session-set", {{"dht-enabled", false}}), HasSubstr("cannot be changed by RPC"));
    EXPECT_THAT(send("session-set", {{"script-torrent-done-filename", "/bin/sh"}}),
                HasSubstr("cannot be changed by RPC"))
        << "whoever may use the RPC must not be able to run programs";
    EXPECT_THAT(send("session-set", {{"alt-speed-time-begin", 1440}}), HasSubstr("from 0 to 1439"));
    EXPECT_THAT(send("session-set", {{"download-dir", "rel"}}), HasSubstr("absolute"));
}

TEST_F(SetTest, StatsFreeSpaceAndClose) {
    engine.session_stats.torrents = 3;
    engine.session_stats.cumulative.uploaded = 12;
    RpcCall stats(R"({"method":"session-stats"})");
    stats.run(engine);
    EXPECT_EQ(json::parse(stats.text())["arguments"]["torrentCount"], 3);
    EXPECT_EQ(json::parse(stats.text())["arguments"]["cumulative-stats"]["uploadedBytes"], 12);
    RpcCall space(R"({"method":"free-space","arguments":{"path":"/tmp"}})");
    space.run(engine);
    EXPECT_GT(json::parse(space.text())["arguments"]["size-bytes"].get<std::uint64_t>(), 0u);
    EXPECT_THAT(send("free-space", {{"path", "/no/such/folder"}}), HasSubstr("No such file"));
    EXPECT_THAT(send("free-space", {{"path", "tmp"}}), HasSubstr("absolute"));
    EXPECT_EQ(send("session-close", json::object()), "success");
    EXPECT_THAT(engine.calls, ElementsAre("close"));
}

}  // namespace
}  // namespace shoal::daemon
