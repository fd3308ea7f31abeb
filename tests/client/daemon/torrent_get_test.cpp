#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/daemon/rpc/rpc_call.hpp"
#include "tests/client/daemon/fake_engine.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

json get(FakeEngine& engine, const json& arguments) {
    RpcCall call(json{{"method", "torrent-get"}, {"arguments", arguments}}.dump());
    call.run(engine);
    const json answer = json::parse(call.text());
    EXPECT_EQ(answer["result"], "success");
    return answer["arguments"]["torrents"];
}

// The fields that transmission-remote 3.00 asks for with -l, -i, -if, -ip, -ic and -it. Where one is missing
// it prints nothing at all for the torrent.
const std::vector<std::string> kAskedByTransmissionRemote{"error",
                                                          "errorString",
                                                          "eta",
                                                          "id",
                                                          "isFinished",
                                                          "leftUntilDone",
                                                          "name",
                                                          "peersGettingFromUs",
                                                          "peersSendingToUs",
                                                          "rateDownload",
                                                          "rateUpload",
                                                          "sizeWhenDone",
                                                          "status",
                                                          "uploadRatio",
                                                          "activityDate",
                                                          "addedDate",
                                                          "bandwidthPriority",
                                                          "comment",
                                                          "corruptEver",
                                                          "creator",
                                                          "dateCreated",
                                                          "desiredAvailable",
                                                          "doneDate",
                                                          "downloadDir",
                                                          "downloadedEver",
                                                          "downloadLimit",
                                                          "downloadLimited",
                                                          "hashString",
                                                          "haveUnchecked",
                                                          "haveValid",
                                                          "honorsSessionLimits",
                                                          "isPrivate",
                                                          "labels",
                                                          "magnetLink",
                                                          "peersConnected",
                                                          "peer-limit",
                                                          "pieceCount",
                                                          "pieceSize",
                                                          "recheckProgress",
                                                          "secondsDownloading",
                                                          "secondsSeeding",
                                                          "seedRatioMode",
                                                          "seedRatioLimit",
                                                          "startDate",
                                                          "totalSize",
                                                          "uploadedEver",
                                                          "uploadLimit",
                                                          "uploadLimited",
                                                          "webseeds",
                                                          "webseedsSendingToUs",
                                                          "files",
                                                          "priorities",
                                                          "wanted",
                                                          "peers",
                                                          "pieces",
                                                          "trackerStats"};

TEST(TorrentGet, HasEveryFieldThatTransmissionRemoteAsksFor) {
    FakeEngine engine;
    engine.insert(1, "one");
    const json torrent = get(engine, {{"fields", kAskedByTransmissionRemote}}).at(0);
    for (const std::string& name : kAskedByTransmissionRemote) EXPECT_TRUE(torrent.contains(name)) << name;
}

TEST(TorrentGet, LeavesOutUnknownFieldsAndAsksForNothingUnneeded) {
    FakeEngine engine;
    engine.insert(1, "one");
    EXPECT_EQ(get(engine, {{"fields", {"id", "no-such-field"}}}), json::parse(R"([{"id":1}])"));
    EXPECT_EQ(engine.detail_calls, 0);
    get(engine, {{"fields", {"comment", "creator", "magnetLink"}}});
    EXPECT_EQ(engine.detail_calls, 1);
}

TEST(TorrentGet, LooksForWhatSetsThePaceOnlyWhenAsked) {
    FakeEngine engine;
    engine.insert(1, "one").slow = {"link", "receives at its limit"};
    engine.insert(2, "two");
    get(engine, {{"fields", kAskedByTransmissionRemote}});
    EXPECT_EQ(engine.slow_calls, 0);
    EXPECT_EQ(
        get(engine, {{"fields", {"shoalSlow"}}}),
        json::parse(R"([{"shoalSlow":{"cause":"link","why":"receives at its limit"}},{"shoalSlow":null}])"));
}

TEST(TorrentGet, WritesATableWithItsHead) {
    FakeEngine engine;
    engine.insert(1, "one");
    engine.insert(2, "two");
    EXPECT_EQ(get(engine, {{"fields", {"id", "name"}}, {"format", "table"}}),
              json::parse(R"([["id","name"],[1,"one"],[2,"two"]])"));
}

TEST(TorrentGet, ComputesEtaRatioAndPercent) {
    FakeEngine engine;
    TorrentView& view = engine.insert(1, "one").view;
    const json fields{"eta", "uploadRatio", "percentDone", "percentComplete"};
    EXPECT_EQ(get(engine, {{"fields", fields}}).at(0),
              json::parse(R"({"eta":-1,"uploadRatio":-1.0,"percentDone":1.0,"percentComplete":1.0})"));
    view.state = TorrentState::kDownloading;
    view.size = 4000;
    view.size_wanted = 2000;
    view.left = 500;
    view.have_verified = 1500;
    view.uploaded = 300;
    EXPECT_EQ(get(engine, {{"fields", fields}}).at(0),
              json::parse(R"({"eta":-2,"uploadRatio":0.2,"percentDone":0.75,"percentComplete":0.375})"));
    view.rate_down = 50;
    view.downloaded = 150;
    EXPECT_EQ(get(engine, {{"fields", {"eta", "uploadRatio"}}}).at(0),
              json::parse(R"({"eta":10,"uploadRatio":2.0})"));
    view.has_metadata = false;
    view.left = view.rate_down = 0;
    EXPECT_EQ(
        get(engine, {{"fields", {"percentDone", "metadataPercentComplete", "leftUntilDone", "eta"}}}).at(0),
        json::parse(R"({"percentDone":0.0,"metadataPercentComplete":0.0,"leftUntilDone":1,"eta":-2})"));
}

TEST(TorrentGet, ShowsPiecesAsABitField) {
    FakeEngine engine;
    engine.insert(1, "one").pieces = {true, false, false, false, false, false, false, true, true};
    EXPECT_EQ(get(engine, {{"fields", {"pieces"}}}).at(0)["pieces"], "gYA=");
}

TEST(TorrentGet, ShowsFilesPeersAndTrackers) {
    FakeEngine engine;
    auto& torrent = engine.insert(1, "one");
    torrent.files = {{"one/a", 10, 5, true, FilePriority::kHigh},
                     {"one/b", 0, 0, false, FilePriority::kNormal}};
    PeerView peer;
    peer.address = "10.0.0.1";
    peer.port = 6881;
    peer.rate_to_us = 7;
    peer.peer_is_interested = true;
    peer.incoming = true;
    peer.source = PeerView::Source::kIncoming;
    torrent.peers = {peer};
    TrackerView tracker;
    tracker.announce = "http://t.example:6969/announce/secret";
    tracker.tier = 2;
    tracker.has_announced = tracker.succeeded = true;
    tracker.leechers = 4;
    torrent.trackers = {tracker};
    const json got = get(engine, {{"fields",
                                   {"files", "fileStats", "priorities", "wanted", "peers", "peersFrom",
                                    "trackers", "trackerStats", "trackerList"}}})
                         .at(0);
    EXPECT_EQ(got["files"][0], json::parse(R"({"bytesCompleted":5,"length":10,"name":"one/a"})"));
    EXPECT_EQ(got["fileStats"][1], json::parse(R"({"bytesCompleted":0,"wanted":false,"priority":0})"));
    EXPECT_EQ(got["priorities"], json::parse("[1,0]"));
    EXPECT_EQ(got["wanted"], json::parse("[1,0]"));
    EXPECT_EQ(got["peers"][0]["flagStr"], "DuKI");
    EXPECT_EQ(got["peers"][0]["isDownloadingFrom"], true);
    EXPECT_EQ(got["peersFrom"]["fromIncoming"], 1);
    EXPECT_EQ(got["trackers"][0]["scrape"], "") << "the announce URL does not end in /announce";
    EXPECT_EQ(got["trackerStats"][0]["host"], "http://t.example:6969");
    EXPECT_EQ(got["trackerStats"][0]["sitename"], "t.example");
    EXPECT_EQ(got["trackerStats"][0]["leecherCount"], 4);
    EXPECT_EQ(got["trackerList"], "http://t.example:6969/announce/secret");
}

TEST(TorrentGet, SurvivesNamesThatAreNotUtf8) {
    FakeEngine engine;
    engine.insert(1, "caf\xe9");
    EXPECT_EQ(get(engine, {{"fields", {"name"}}}).at(0)["name"], "caf\xef\xbf\xbd");
}

}  // namespace
}  // namespace shoal::daemon
