#include "client/daemon/rpc/rpc_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base64.hpp"
#include "tests/client/daemon/fake_engine.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RpcCallTest : public testing::Test {
  protected:
    FakeEngine engine;

    json send(const std::string& body, const SourceReader& read = {}) {
        RpcCall call(body);
        if (read) call.read_sources(read);
        call.run(engine);
        return json::parse(call.text());
    }
    json send(const std::string& method, const json& arguments) {
        return send(json{{"method", method}, {"arguments", arguments}}.dump());
    }
    /// The arguments of an answer that has to be a success.
    json ask(const std::string& method, const json& arguments) {
        const json answer = send(method, arguments);
        EXPECT_EQ(answer["result"], "success");
        return answer["arguments"];
    }
    /// The `result` of an answer that has to be a failure.
    std::string refused(const std::string& method, const json& arguments) {
        const std::string result = send(method, arguments)["result"];
        EXPECT_NE(result, "success");
        return result;
    }
};

TEST_F(RpcCallTest, RepeatsTheTagAndSaysSuccess) {
    EXPECT_EQ(send(R"({"method":"torrent-start","tag":39693})"),
              json::parse(R"({"arguments":{},"result":"success","tag":39693})"));
    EXPECT_FALSE(send(R"({"method":"torrent-start"})").contains("tag"));
}

TEST_F(RpcCallTest, AnswersWhatIsNoRequest) {
    EXPECT_THAT(send("{")["result"], HasSubstr("not a JSON object"));
    EXPECT_THAT(send("[1]")["result"], HasSubstr("not a JSON object"));
    EXPECT_EQ(send("{}")["result"], "no method name");
    EXPECT_EQ(send(R"({"method":"format-disk","tag":3})"),
              json::parse(R"({"arguments":{},"result":"method name not recognized","tag":3})"));
    EXPECT_THAT(send(R"({"method":7})")["result"], HasSubstr("must be a string"));
    EXPECT_THAT(send(R"({"method":"torrent-stop","arguments":[]})")["result"],
                HasSubstr("must be an object"));
}

TEST_F(RpcCallTest, SaysWhatItDoesNotSupport) {
    EXPECT_THAT(refused("port-test", json::object()), HasSubstr("shoal doctor"));
    for (const char* method :
         {"blocklist-update", "queue-move-top", "queue-move-bottom", "group-set", "group-get"})
        EXPECT_THAT(refused(method, json::object()), HasSubstr("not supported")) << method;
}

TEST_F(RpcCallTest, SelectsByNumberHashListAndAll) {
    for (int i = 1; i <= 3; ++i) engine.insert(i, "t");
    ask("torrent-start", {{"ids", 2}});
    ask("torrent-start", {{"ids", FakeEngine::hash_of(3)}});
    ask("torrent-start", {{"ids", {3, FakeEngine::hash_of(1), 3, 99}}});
    EXPECT_THAT(engine.calls, ElementsAre("start 2", "start 3", "start 3", "start 1"));
    engine.calls.clear();
    ask("torrent-stop", {{"ids", json::array()}});
    EXPECT_THAT(engine.calls, IsEmpty()) << "an empty list must never mean all";
    ask("torrent-stop", json::object());
    EXPECT_THAT(engine.calls, ElementsAre("stop 1", "stop 2", "stop 3"));
    EXPECT_THAT(refused("torrent-remove", {{"ids", true}}), HasSubstr("ids"));
    EXPECT_EQ(engine.table.size(), 3u);
}

TEST_F(RpcCallTest, RecentlyActiveBringsTheRemovedToo) {
    engine.insert(1, "idle");
    engine.insert(2, "busy").view.active_at = engine.clock - 5;
    engine.removed = {7};
    const json answer = ask("torrent-get", {{"ids", "recently-active"}, {"fields", {"id"}}});
    EXPECT_EQ(answer, json::parse(R"({"torrents":[{"id":2}],"removed":[7]})"));
    EXPECT_FALSE(ask("torrent-get", {{"fields", {"id"}}}).contains("removed"));
}

TEST_F(RpcCallTest, OneFailureDoesNotStopTheOthers) {
    engine.insert(1, "full").view.trouble = TroubleKind::kLocal;
    engine.insert(2, "fine");
    EXPECT_THAT(refused("torrent-start", json::object()), HasSubstr("torrent 1: /data: No space left"));
    EXPECT_THAT(engine.calls, ElementsAre("start 2"));
}

TEST_F(RpcCallTest, AddsMetainfoMagnetUrlAndPath) {
    const json added = ask("torrent-add", {{"metainfo", encode_base64("one")},
                                           {"download-dir", "/srv"},
                                           {"paused", true},
                                           {"peer-limit", 9},
                                           {"labels", {"x"}},
                                           {"reuse", "/srv/old"},
                                           {"replace", true},
                                           {"keep-old", true},
                                           {"files-unwanted", {1}}});
    EXPECT_EQ(added["torrent-added"]["id"], 1);
    EXPECT_EQ(added["torrent-added"]["name"], "one");
    EXPECT_TRUE(added["torrent-added"].contains("hashString"));
    EXPECT_EQ(engine.added[0].manifest, "one");
    EXPECT_EQ(engine.added[0].folder, "/srv");
    EXPECT_EQ(engine.added[0].paused, true);
    EXPECT_EQ(engine.added[0].peer_limit, 9);
    EXPECT_EQ(engine.added[0].reuse, "/srv/old");
    EXPECT_TRUE(engine.added[0].replace && engine.added[0].keep_old);
    EXPECT_THAT(refused("torrent-add", {{"metainfo", encode_base64("x")}, {"reuse", "old"}}),
                HasSubstr("not an absolute path"));
    EXPECT_THAT(engine.added[0].labels, ElementsAre("x"));
    EXPECT_THAT(engine.table.at(1).last_change.wanted, ElementsAre(std::pair(1u, false)));
    ask("torrent-add", {{"filename", "magnet:?xt=urn:btih:x"}});
    EXPECT_EQ(engine.added[1].magnet, "magnet:?xt=urn:btih:x");
    EXPECT_EQ(engine.added[1].paused, std::nullopt);

    std::string asked;
    const json answer = send(R"({"method":"torrent-add","arguments":{"filename":"http://h/a.torrent"}})",
                             [&](const std::string& source) {
                                 asked = source;
                                 return "from a URL";
                             });
    EXPECT_EQ(answer["result"], "success");
    EXPECT_EQ(asked, "http://h/a.torrent");
    EXPECT_EQ(engine.added[2].manifest, "from a URL");
}

TEST_F(RpcCallTest, ADuplicateIsNamedAsSuch) {
    ask("torrent-add", {{"metainfo", encode_base64("one")}});
    const json again = ask("torrent-add", {{"metainfo", encode_base64("one")}, {"files-unwanted", {0}}});
    EXPECT_EQ(again["torrent-duplicate"]["id"], 1);
    EXPECT_FALSE(again.contains("torrent-added"));
    EXPECT_THAT(engine.table.at(1).last_change.wanted, IsEmpty()) << "a duplicate stays as it was";
}

TEST_F(RpcCallTest, RefusesWhatCannotBeAdded) {
    EXPECT_THAT(refused("torrent-add", json::object()), HasSubstr("no filename or metainfo"));
    EXPECT_THAT(refused("torrent-add", {{"metainfo", "@@"}}), HasSubstr("not base64"));
    EXPECT_THAT(refused("torrent-add", {{"metainfo", encode_base64("bad")}}), HasSubstr("not a torrent"));
    EXPECT_THAT(refused("torrent-add", {{"metainfo", encode_base64("x")}, {"download-dir", "relative"}}),
                HasSubstr("not an absolute path"));
    const json failed = send(R"({"method":"torrent-add","tag":4,"arguments":{"filename":"http://h/a"}})",
                             [](const std::string& source) -> std::string {
                                 throw Error(ExitCode::kFailed, source, "connection refused");
                             });
    EXPECT_EQ(failed["result"], "http://h/a: connection refused");
    EXPECT_EQ(failed["tag"], 4);
}

TEST_F(RpcCallTest, RemovesWithAndWithoutTheContent) {
    engine.insert(1, "a");
    engine.insert(2, "b");
    ask("torrent-remove", {{"ids", {1}}});
    ask("torrent-remove", {{"ids", {2}}, {"delete-local-data", true}});
    EXPECT_THAT(engine.calls, ElementsAre("remove 1", "delete 2"));
}

TEST_F(RpcCallTest, MovesAndRenames) {
    engine.insert(1, "a");
    ask("torrent-set-location", {{"ids", 1}, {"location", "/b"}, {"move", true}});
    ask("torrent-set-location", {{"ids", 1}, {"location", "/c"}});
    EXPECT_EQ(ask("torrent-rename-path", {{"ids", 1}, {"path", "a"}, {"name", "z"}}),
              json::parse(R"({"id":1,"name":"z","path":"a"})"));
    EXPECT_THAT(engine.calls, ElementsAre("move to /b 1", "find in /c 1", "rename a z 1"));
    EXPECT_THAT(refused("torrent-set-location", {{"location", "rel"}}), HasSubstr("absolute"));
    for (const char* name : {"", ".", "..", "a/b"})
        EXPECT_THAT(refused("torrent-rename-path", {{"path", "a"}, {"name", name}}),
                    HasSubstr("plain file name"));
}

}  // namespace
}  // namespace shoal::daemon
