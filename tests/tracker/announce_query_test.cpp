#include "tracker/protocol/announce_query.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shoal::tracker {
namespace {

const std::string kBase = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-SH0001-bbbbbbbbbbbb&port=6881";

AnnounceRequest parsed(const std::string& query) {
    const auto result = parse_announce(query);
    if (const auto* failure = std::get_if<Failure>(&result)) {
        ADD_FAILURE() << query << ": " << failure->reason;
        return {};
    }
    return std::get<AnnounceRequest>(result);
}

std::string failure(const std::string& query) {
    const auto result = parse_announce(query);
    const auto* failed = std::get_if<Failure>(&result);
    return failed == nullptr ? "" : std::string(failed->reason);
}

TEST(ParseAnnounce, TakesTheLeastThatIsAllowed) {
    const AnnounceRequest request = parsed(kBase);
    EXPECT_EQ(request.info_hash.view(), "aaaaaaaaaaaaaaaaaaaa");
    EXPECT_EQ(request.peer_id.view(), "-SH0001-bbbbbbbbbbbb");
    EXPECT_EQ(request.port, 6881);
    EXPECT_EQ(request.uploaded, 0u);
    EXPECT_EQ(request.downloaded, 0u);
    EXPECT_FALSE(request.left);
    EXPECT_FALSE(request.numwant);
    EXPECT_EQ(request.event, Event::kNone);
    EXPECT_TRUE(request.compact) << "BEP 23: the default";
    EXPECT_FALSE(request.no_peer_id);
}

TEST(ParseAnnounce, DecodesBinaryHashes) {
    const AnnounceRequest request =
        parsed("info_hash=%00%01%fF%2B+%26%3d%25aaaaaaaaaaaa&peer_id=-SH0001-bbbbbbbbbbbb&port=1");
    EXPECT_EQ(request.info_hash.view(), std::string_view("\0\x01\xff+ &=%aaaaaaaaaaaa", 20));
}

TEST(ParseAnnounce, ReadsEveryParameter) {
    const AnnounceRequest request =
        parsed(kBase +
               "&uploaded=5&downloaded=6&left=7777777777&event=completed&numwant=7&key=DeadBeef"
               "&compact=0&no_peer_id=1&ip=10.0.0.9&ipv4=10.0.0.8:7000&ipv6=%5B2001%3Adb8%3A%3A1%5D%3A7777&"
               "trackerid=x");
    EXPECT_EQ(request.uploaded, 5u);
    EXPECT_EQ(request.downloaded, 6u);
    EXPECT_EQ(request.left, 7777777777u);
    EXPECT_EQ(request.event, Event::kCompleted);
    EXPECT_EQ(request.numwant, 7u);
    EXPECT_EQ(request.key, 0xdeadbeefu);
    EXPECT_FALSE(request.compact);
    EXPECT_TRUE(request.no_peer_id);
    EXPECT_EQ(request.ip->to_string(), "10.0.0.9:0");
    EXPECT_EQ(request.ipv4->to_string(), "10.0.0.8:7000");
    EXPECT_EQ(request.ipv6->to_string(), "[2001:db8::1]:7777");
    EXPECT_EQ(parsed(kBase + "&ipv6=2001:db8::1").ipv6->to_string(), "[2001:db8::1]:0");
    EXPECT_EQ(parsed(kBase + "&ipv6=[2001:db8::1]").ipv6->to_string(), "[2001:db8::1]:0");
    EXPECT_EQ(parsed(kBase + "&ip=[2001:db8::1]:7").ip->to_string(), "[2001:db8::1]:7");
}

TEST(ParseAnnounce, NamesWhatIsWrong) {
    const std::string no_hash = "peer_id=-SH0001-bbbbbbbbbbbb&port=6881";
    const std::string no_peer = "info_hash=aaaaaaaaaaaaaaaaaaaa&port=6881";
    const std::string no_port = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-SH0001-bbbbbbbbbbbb";
    EXPECT_EQ(failure(""), "info_hash is missing");
    EXPECT_EQ(failure("&&&=&"), "info_hash is missing");
    EXPECT_EQ(failure(no_hash), "info_hash is missing");
    EXPECT_EQ(failure(no_peer), "peer_id is missing");
    EXPECT_EQ(failure(no_port), "port is missing");
    EXPECT_EQ(failure(no_hash + "&info_hash=aaaaaaaaaaaaaaaaaaa"), "info_hash is not 20 bytes long");
    EXPECT_EQ(failure(no_hash + "&info_hash=aaaaaaaaaaaaaaaaaaaaa"), "info_hash is not 20 bytes long");
    EXPECT_EQ(failure(no_hash + "&info_hash="), "info_hash is not 20 bytes long");
    EXPECT_EQ(failure(no_hash + "&info_hash"), "info_hash is not 20 bytes long");
    EXPECT_EQ(failure(no_peer + "&peer_id=short"), "peer_id is not 20 bytes long");
    EXPECT_EQ(failure(kBase + "&info_hash=aaaaaaaaaaaaaaaaaaaa"), "info_hash is given twice");
    EXPECT_EQ(failure(kBase + "&peer_id=-SH0001-bbbbbbbbbbbb"), "peer_id is given twice");
    for (const char* escape : {"%", "%4", "%zz", "%4z", "aaa%"}) {
        EXPECT_EQ(failure(no_hash + "&info_hash=" + escape), "the query has an invalid % escape") << escape;
        EXPECT_EQ(failure(no_peer + "&peer_id=" + escape), "the query has an invalid % escape") << escape;
        EXPECT_EQ(failure(no_port + "&port=" + escape), "the query has an invalid % escape") << escape;
    }
    for (const char* port : {"65536", "-1", "", "x", "6881x", "6881.0", "99999999999999999999"})
        EXPECT_EQ(failure(no_port + "&port=" + port), "port is not a number from 1 to 65535") << port;
}

TEST(ParseAnnounce, ServesWhatIsOddButNotNeeded) {
    for (const char* left :
         {"&left", "&left=", "&left=x", "&left=1x", "&left=0x10", "&left=1.5", "&left=-1", "&left=%",
          "&left=9223372036854775807", "&left=18446744073709551615", "&left=18446744073709551616"})
        EXPECT_FALSE(parsed(kBase + left).left) << left;
    EXPECT_EQ(parsed(kBase + "&left=9007199254740992").left, kMostLeft);
    for (const char* total : {"", "-1", "z", "1e9", "%zz", "18446744073709551615"}) {
        EXPECT_EQ(parsed(kBase + "&uploaded=" + total).uploaded, 0u) << total;
        EXPECT_EQ(parsed(kBase + "&downloaded=" + total).downloaded, 0u) << total;
    }
    for (const char* event : {"finished", "update", "Started", "%", "1"})
        EXPECT_EQ(parsed(kBase + "&event=" + event).event, Event::kNone) << event;
    for (const char* escape : {"&x=%", "&%=%", "&x=%4z", "&trackerid=%zz", "&ip=%", "&key=%", "&compact=%"})
        EXPECT_EQ(parsed(kBase + escape).port, 6881) << escape;
    EXPECT_EQ(parsed(kBase + "&event=stopped&left=").event, Event::kStopped) << "a magnet link's client goes";
}

TEST(ParseAnnounce, TakesAnEmptyKeyForNone) {
    EXPECT_EQ(parsed(kBase + "&key=").key, 0u);
    EXPECT_EQ(parsed(kBase + "&key").key, 0u);
}

TEST(ParseAnnounce, KnowsAllEvents) {
    EXPECT_EQ(parsed(kBase + "&event=").event, Event::kNone);
    EXPECT_EQ(parsed(kBase + "&event=started").event, Event::kStarted);
    EXPECT_EQ(parsed(kBase + "&event=stopped").event, Event::kStopped);
    EXPECT_EQ(parsed(kBase + "&event=paused").event, Event::kPaused) << "BEP 21";
}

TEST(ParseAnnounce, ClampsAndDefaultsNumwant) {
    EXPECT_EQ(parsed(kBase + "&numwant=0").numwant, 0u);
    EXPECT_EQ(parsed(kBase + "&numwant=-1").numwant, std::nullopt);
    EXPECT_EQ(parsed(kBase + "&numwant=").numwant, std::nullopt);
    EXPECT_EQ(parsed(kBase + "&numwant=many").numwant, std::nullopt);
    EXPECT_EQ(parsed(kBase + "&numwant=99999999999999999999").numwant, UINT32_MAX);
}

TEST(ParseAnnounce, TreatsAnUnknownLeftAsALeecher) {
    EXPECT_FALSE(parsed(kBase + "&left=-1").left);
    EXPECT_EQ(parsed(kBase + "&left=4294967296").left, std::uint64_t{1} << 32);
}

TEST(ParseAnnounce, NeverResolvesNames) {
    EXPECT_FALSE(parsed(kBase + "&ip=localhost").ip);
    EXPECT_FALSE(parsed(kBase + "&ipv4=example.org").ipv4);
}

TEST(ParseAnnounce, HashesKeysThatAreNoNumber) {
    EXPECT_NE(parsed(kBase + "&key=tea+pot").key, parsed(kBase + "&key=kettle").key);
    EXPECT_EQ(parsed(kBase + "&key=00C0FFEE").key, 0xc0ffeeu);
}

TEST(ParseScrape, TakesManyAndTruncates) {
    std::string query;
    for (char c = 'a'; c < 'f'; ++c) query += "&info_hash=" + std::string(20, c);
    auto result = std::get<ScrapeRequest>(parse_scrape(query, 5));
    EXPECT_EQ(result.info_hashes.size(), 5u);
    result = std::get<ScrapeRequest>(parse_scrape(query, 3));
    EXPECT_EQ(result.info_hashes.size(), 3u);
    EXPECT_TRUE(std::get<ScrapeRequest>(parse_scrape("", 3)).info_hashes.empty());
    EXPECT_TRUE(std::holds_alternative<Failure>(parse_scrape("info_hash=a", 3)));
    EXPECT_TRUE(std::holds_alternative<Failure>(parse_scrape("info_hash=%", 3)));
}

}  // namespace
}  // namespace shoal::tracker
