#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/remote/rpc_client.hpp"
#include "client/remote/table.hpp"
#include "client/remote/top_screen.hpp"
#include "client/remote/torrent_row.hpp"
#include "common/error.hpp"

namespace shoal::remote {
namespace {

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
    EXPECT_THROW(parse_rpc_address("nonsense"), Error);
    EXPECT_THROW(parse_rpc_address("/run/x"), Error);
}

TEST(Table, AlignsAndCutsTheLastColumn) {
    Table table({{"ID", Table::Align::kRight}, {"NAME", Table::Align::kLeft}});
    table.add({"7", "short"});
    table.add({"1234", "a name that is long"});
    EXPECT_EQ(table.text(0), "  ID  NAME\n   7  short\n1234  a name that is long\n");
    EXPECT_EQ(table.text(16), "  ID  NAME\n   7  short\n1234  a name th…\n");
}

TEST(Table, CountsCharactersAndKeepsTheTerminalSafe) {
    EXPECT_EQ(display_width("Größe"), 5u);
    EXPECT_EQ(fit("Größe", 5), "Größe");
    EXPECT_EQ(fit("Größen", 5), "Größ…");
    EXPECT_EQ(fit("\x1b[2Jx\n", 20), "\\x1b[2Jx\\x0a");
    EXPECT_EQ(fit("abc", 0), "");
}

TEST(TorrentRow, ReadsAnAnswerAndRefusesAnother) {
    const auto rows =
        read_rows(R"({"torrents":[{"id":3,"name":"n","hashString":"h","downloadDir":"/d","status":6,
        "isFinished":false,"percentDone":1.0,"recheckProgress":0,"sizeWhenDone":10,"leftUntilDone":0,
        "downloadedEver":10,"uploadedEver":5,"rateDownload":0,"rateUpload":7,"downloadLimit":4,"downloadLimited":false,
        "uploadLimit":5,"uploadLimited":true,"peersConnected":2,"eta":-1,"uploadRatio":0.5,"error":0,"errorString":"",
        "labels":["l"]}]})");
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

}  // namespace
}  // namespace shoal::remote
