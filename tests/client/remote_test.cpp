#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "client/remote/daemons.hpp"
#include "client/remote/fleet_torrents.hpp"
#include "client/remote/rpc_client.hpp"
#include "client/remote/table.hpp"
#include "client/remote/top_screen.hpp"
#include "client/remote/torrent_match.hpp"
#include "client/remote/torrent_row.hpp"
#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::remote {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TorrentRow row(std::int64_t id, const std::string& name) {
    TorrentRow row;
    row.id = id;
    row.name = name;
    row.status = 4;
    row.size = 1000;
    row.left = 500;
    row.done = 0.5;
    row.peers = 1;
    return row;
}

TEST(RpcAddress, IsAPortASocketOrAUrl) {
    EXPECT_EQ(parse_rpc_address("10.0.0.1:9091").url, "http://10.0.0.1:9091/transmission/rpc");
    EXPECT_EQ(parse_rpc_address("[::1]:9091").url, "http://[::1]:9091/transmission/rpc");
    EXPECT_EQ(parse_rpc_address("unix:/run/x").unix_socket, "/run/x");
    EXPECT_EQ(parse_rpc_address("https://host").url, "https://host/transmission/rpc");
    EXPECT_EQ(parse_rpc_address("https://host/proxy/rpc").url, "https://host/proxy/rpc");
    EXPECT_THROW(parse_rpc_address("/run/x"), Error);
    EXPECT_THROW(parse_rpc_address("host:port"), Error);
    EXPECT_THROW(parse_rpc_address("[::1"), Error);
    EXPECT_THROW(parse_rpc_address(""), Error);
}

TEST(RpcAddress, NeedsNoPort) {
    EXPECT_EQ(parse_rpc_address("node1").url, "http://node1:9091/transmission/rpc");
    EXPECT_EQ(parse_rpc_address("node1").name, "node1");
    EXPECT_EQ(parse_rpc_address("10.0.0.1").url, "http://10.0.0.1:9091/transmission/rpc");
    EXPECT_EQ(parse_rpc_address("fd00::1").url, "http://[fd00::1]:9091/transmission/rpc");
    EXPECT_EQ(parse_rpc_address("[fd00::1]").url, "http://[fd00::1]:9091/transmission/rpc");
    EXPECT_EQ(parse_rpc_address(":9092").url, "http://127.0.0.1:9092/transmission/rpc");
}

std::vector<std::string> names_of(const std::vector<RpcAddress>& daemons) {
    std::vector<std::string> names;
    for (const RpcAddress& daemon : daemons) names.push_back(daemon.name);
    return names;
}

TEST(Daemons, AreNamedOneByOneWithCommasAndInAFile) {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path() / "hosts").string();
    std::ofstream(file) << "# rack 1\nnode1\n  node2:9092  # the second\r\n\nunix:/run/x\nnode1:9091\n";
    EXPECT_THAT(names_of(parse_daemons({"a, b", "c:1"})), ElementsAre("a", "b", "c:1"));
    EXPECT_THAT(names_of(parse_daemons({"@" + file})), ElementsAre("node1", "node2:9092", "unix:/run/x"))
        << "each once";
    EXPECT_THAT(names_of(parse_daemons({file, "node3"})),
                ElementsAre("node1", "node2:9092", "unix:/run/x", "node3"));
    EXPECT_THAT(names_of(parse_daemons({"http://a/x,y"})), ElementsAre("http://a/x,y"));
    std::ofstream(file, std::ios::trunc) << "# nobody\n";
    EXPECT_THROW(parse_daemons({"@" + file}), Error);
    EXPECT_THROW(parse_daemons({"@/nowhere"}), Error);
    EXPECT_THROW(parse_daemons({""}), Error);
    EXPECT_THROW(parse_daemons({","}), Error);
}

TEST(Daemons, HaveTheirSitesBehindThemInAFile) {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path() / "hosts").string();
    std::ofstream(file) << "node1 hall-1\nnode2:9092\t hall 2  # far away\nnode3\n";
    const auto daemons = parse_daemons({"@" + file});
    ASSERT_EQ(daemons.size(), 3u);
    EXPECT_EQ(daemons[0].site, "hall-1");
    EXPECT_EQ(daemons[1].name, "node2:9092");
    EXPECT_EQ(daemons[1].site, "hall 2");
    EXPECT_EQ(daemons[2].site, "");
}

TEST(Daemons, AreNeverMoreAtATimeThanAskedFor) {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    std::atomic<int> asked = 0;
    run_side_by_side(
        50,
        [&](std::size_t) {
            const int here = ++now;
            for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) continue;
            ++asked;
            --now;
        },
        2);
    EXPECT_EQ(asked, 50);
    EXPECT_LE(most, 2);
}

TEST(Daemons, AreAskedSideBySideEachOnce) {
    std::vector<std::atomic<int>> asked(100);
    run_side_by_side(asked.size(), [&](std::size_t i) { ++asked[i]; });
    for (const auto& count : asked) EXPECT_EQ(count, 1);
    const auto replies =
        ask_all<int>({parse_rpc_address("a"), parse_rpc_address("b")},
                     [](RpcClient&) -> int { throw std::runtime_error("what no one foresaw"); });
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_EQ(replies[1].host, "b");
    EXPECT_THAT(replies[1].error.value().what(), HasSubstr("foresaw"));
}

TEST(FleetTorrents, CountEachHashOverAllHosts) {
    const auto of_host = [](const char* host, const char* hash, double done) {
        TorrentRow one = row(1, "model.bin");
        one.host = host;
        one.hash = hash;
        one.done = done;
        one.left = done < 1 ? 500 : 0;
        one.rate_down = 10;
        one.labels = {"nightly", host};
        return one;
    };
    std::vector<TorrentRow> rows{of_host("a", "h1", 1), of_host("b", "h1", 0.25), of_host("b", "h2", 0),
                                 of_host("c", "h1", 1)};
    rows[2].left = 0;  // a magnet link without metadata: nothing is left that it knows of
    rows[3].error = 3;
    const auto torrents = fleet_torrents(rows);
    ASSERT_EQ(torrents.size(), 2u);
    EXPECT_EQ(torrents[0].hosts, 3u);
    EXPECT_EQ(torrents[0].complete, 2u);
    EXPECT_EQ(torrents[0].errors, 1u);
    EXPECT_DOUBLE_EQ(torrents[0].mean, 0.75);
    EXPECT_DOUBLE_EQ(torrents[0].least, 0.25);
    EXPECT_EQ(torrents[0].least_host, "b");
    EXPECT_EQ(torrents[0].rate_down, 30u);
    EXPECT_THAT(torrents[0].labels, ElementsAre("nightly", "a", "b", "c"));
    EXPECT_EQ(torrents[1].hash, "h2");
    EXPECT_EQ(torrents[1].complete, 0u);
    EXPECT_TRUE(fleet_torrents({}).empty());
}

TEST(Table, AlignsAndCutsTheLastColumn) {
    Table table({{"ID", Table::Align::kRight}, {"NAME", Table::Align::kLeft}});
    table.add({"7", "short"});
    table.add({"1234", "a name that is long"});
    EXPECT_EQ(table.text(0), "  ID  NAME\n   7  short\n1234  a name that is long\n");
    EXPECT_EQ(table.text(16), "  ID  NAME\n   7  short\n1234  a name th…\n");
}

TEST(Table, KeepsItsColumnsWithWideLetters) {
    Table table({{"NAME", Table::Align::kLeft, 4}, {"STATE", Table::Align::kLeft}});
    table.add({"模型.bin", "seeding"});
    table.add({"data.bin", "paused"});
    EXPECT_EQ(table.text(0), "NAME      STATE\n模型.bin  seeding\ndata.bin  paused\n");
}

TEST(Table, LeavesOutWhatMattersLeastAndIsNeverWider) {
    Table table({{"ID", Table::Align::kRight},
                 {"PEERS", Table::Align::kRight, 0, 2},
                 {"UP", Table::Align::kRight, 0, 1},
                 {"NAME", Table::Align::kLeft}});
    table.add({"7", "12", "34", "a name that is long"});
    EXPECT_EQ(table.text(24), "ID  PEERS  UP  NAME\n 7     12  34  a name t…\n") << "the name is cut first";
    EXPECT_EQ(table.text(20), "ID  UP  NAME\n 7  34  a name that…\n");
    EXPECT_EQ(table.text(13), "ID  NAME\n 7  a name t…\n");
    for (std::size_t width = 1; width < 40; ++width) {
        std::istringstream lines(table.text(width));
        for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    }
}

TEST(TorrentRow, ReadsAnAnswerAndRefusesAnother) {
    const auto rows =
        read_rows(R"({"torrents":[{"id":3,"name":"n","hashString":"h","downloadDir":"/d","status":6,
        "isFinished":false,"percentDone":1.0,"recheckProgress":0,"sizeWhenDone":10,"leftUntilDone":0,
        "downloadedEver":10,"uploadedEver":5,"rateDownload":0,"rateUpload":7,"downloadLimit":4,"downloadLimited":false,
        "uploadLimit":5,"uploadLimited":true,"peersConnected":2,"eta":-1,"uploadRatio":0.5,"error":0,"errorString":"",
        "labels":["l"],"addedDate":1000}]})");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].limit_up, 5000u);
    EXPECT_EQ(rows[0].limit_down, 0u);
    EXPECT_EQ(state_text(rows[0]), "seeding");
    EXPECT_EQ(eta_text(rows[0]), "done");
    EXPECT_EQ(ratio_text(rows[0]), "0.50");
    EXPECT_EQ(rows[0].slow_cause, "") << "Transmission does not say";
    EXPECT_THROW(read_rows(R"({"torrents":[{}]})"), Error);
    EXPECT_THROW(read_rows("{}"), Error);
}

TEST(TorrentRow, SaysHowOldItIsAndWhoseItsErrorIs) {
    TorrentRow one = row(1, "n");
    EXPECT_EQ(age_text(one, 1000), "-") << "the daemon did not say";
    one.added = 1000;
    EXPECT_EQ(age_text(one, 1045), "45s");
    EXPECT_EQ(age_text(one, 1000 + 3599), "59m");
    EXPECT_EQ(age_text(one, 1000 + 3600 * 23), "23h");
    EXPECT_EQ(age_text(one, 1000 + 3600 * 24 * 400), "400d");
    EXPECT_EQ(age_text(one, 900), "0s") << "clocks differ";
    EXPECT_EQ(error_text(one), "");
    one.error_text = "why";
    one.error = 2;
    EXPECT_EQ(error_text(one), "of the tracker: why");
    EXPECT_EQ(error_owner(one), "tracker");
    one.error = 3;
    EXPECT_EQ(error_text(one), "of this machine: why");
}

class Match : public testing::Test {
  protected:
    Match() {
        rows = {row(3, "model.bin"), row(7, "model.bin"), row(12, "data"), row(40, "3")};
        rows[0].hash = "abcd111111111111111111111111111111111111";
        rows[1].hash = "abcd222222222222222222222222222222222222";
        rows[2].hash = "0012333333333333333333333333333333333333";
        rows[3].hash = "5555555555555555555555555555555555555555";
        rows[0].labels = {"nightly", "eu"};
        rows[2].labels = {"nightly"};
    }
    std::vector<std::int64_t> ids(const std::vector<std::string>& words) {
        std::vector<std::int64_t> found;
        for (const TorrentRow& one : match_torrents(rows, words)) found.push_back(one.id);
        return found;
    }
    std::string refused(const std::string& word) {
        try {
            match_torrents(rows, {word});
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
    std::vector<TorrentRow> rows;
};

TEST_F(Match, TakesNumbersHashesNamesAndLabels) {
    EXPECT_THAT(ids({"3"}), ElementsAre(3)) << "a number before a name";
    EXPECT_THAT(ids({"ABCD2"}), ElementsAre(7));
    EXPECT_THAT(ids({"0012"}), ElementsAre(12)) << "the beginning of a hash, not a number";
    EXPECT_THAT(ids({"abcd111111111111111111111111111111111111"}), ElementsAre(3));
    EXPECT_THAT(ids({"data"}), ElementsAre(12));
    EXPECT_THAT(ids({"nightly"}), ElementsAre(3, 12));
    EXPECT_THAT(ids({"nightly", "3", "7"}), ElementsAre(3, 7, 12)) << "each once";
    EXPECT_THAT(ids({"all"}), ElementsAre(3, 7, 12, 40));
}

TEST_F(Match, RefusesWhatIsNobodyOrSeveral) {
    EXPECT_EQ(refused("model.bin"),
              "torrent model.bin: can be each of 2 torrents: say which by its number: 3, 7");
    EXPECT_THAT(refused("abcd"), HasSubstr("say which by its number: 3, 7"));
    EXPECT_EQ(refused("nightyl"), "torrent nightyl: the daemon does not have it: did you mean 'nightly'?");
    EXPECT_EQ(refused("99"), "torrent 99: the daemon does not have it: see 'shoal list'");
    EXPECT_THAT(refused("abc"), HasSubstr("does not have it")) << "too short for a hash";
}

TEST_F(Match, ListsAreCutByLabelAndState) {
    rows[0].error = 3;
    rows[1].peers = 0;
    rows[2].status = 6;
    rows[2].left = 0;
    const auto left = [&](ListFilter filter) {
        std::vector<std::int64_t> found;
        for (const TorrentRow& one : filtered(rows, filter)) found.push_back(one.id);
        return found;
    };
    EXPECT_THAT(left({}), ElementsAre(3, 7, 12, 40));
    EXPECT_THAT(left({{"nightly"}, {}}), ElementsAre(3, 12));
    EXPECT_THAT(left({{"eu", "none"}, {}}), ElementsAre(3));
    EXPECT_THAT(left({{}, {"error"}}), ElementsAre(3));
    EXPECT_THAT(left({{}, {"downloading"}}), ElementsAre(7, 40)) << "what has failed does not download";
    EXPECT_THAT(left({{}, {"no-peers"}}), ElementsAre(7));
    EXPECT_THAT(left({{}, {"seeding", "error"}}), ElementsAre(3, 12));
    EXPECT_THAT(left({{"nightly"}, {"complete"}}), ElementsAre(12));
    EXPECT_THAT(left({{"nightly"}, {"paused"}}), ElementsAre());
    for (const std::string& word : state_words()) EXPECT_NO_THROW(in_state(rows[0], word));
}

TEST(TorrentRow, RoundsDownSoThatOnlyAllIsAll) {
    EXPECT_EQ(percent_text(0.9999), "99%");
    EXPECT_EQ(percent_text(1), "100%");
}

TEST(TopScreen, ShowsTheBusiestFirstAndAsManyAsFit) {
    std::vector<TorrentRow> rows{row(1, "idle"), row(2, "busy"), row(3, "complete")};
    rows[1].rate_down = 5'000'000;
    rows[2].left = 0;
    rows[2].error = 3;
    const std::string all = top_screen(rows, {});
    EXPECT_THAT(all, HasSubstr("3 torrents, 1 complete   down 5.0 MB/s   up 0 B/s   3 peers   1 FAILED\n"));
    EXPECT_LT(all.find("busy"), all.find("idle"));
    EXPECT_LT(all.find("idle"), all.rfind("complete"));
    EXPECT_THAT(all, HasSubstr("[##########----------]"));
    EXPECT_THAT(all, Not(HasSubstr("\x1b")));
    const std::string small = top_screen(rows, {80, 5});
    EXPECT_THAT(small, HasSubstr("busy"));
    EXPECT_THAT(small, Not(HasSubstr("idle")));
    EXPECT_THAT(small, HasSubstr("... and 2 more"));
}

TEST(TopScreen, IsCutToTheTerminalAndNamesHosts) {
    std::vector<TorrentRow> rows{row(1, "a name that would be wider than all the terminal is"),
                                 row(2, "模型")};
    std::istringstream lines(top_screen(rows, {60, 0}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 60u) << line;
    EXPECT_THAT(top_screen(rows, {}), Not(HasSubstr("HOST")));
    rows[0].host = "node1";
    EXPECT_THAT(top_screen(rows, {60, 0}), HasSubstr("node1"));
    EXPECT_THAT(top_screen(rows, {}, {"node2"}), HasSubstr("NO ANSWER from node2   2 torrents"));
}

}  // namespace
}  // namespace shoal::remote
