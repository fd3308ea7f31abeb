#include "client/source/magnet.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/error.hpp"

namespace shoal::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kV1 = "0123456789abcdef0123456789abcdef01234567";
constexpr const char* kV1Base32 = "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH";
const std::string kV2(64, 'a');

std::string why(const std::string& link) {
    try {
        parse_magnet(link);
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kBadTorrent) << link;
        return error.what();
    }
}

TEST(Magnet, HasHashNameAndTrackers) {
    const Magnet magnet = parse_magnet(fmt::format(
        "magnet:?xt=urn:btih:{}&dn=a%20name+2&tr=http%3A%2F%2Fa%2Fannounce&tr.1=http://b/a+b&ws=http://c/",
        kV1));
    EXPECT_EQ(magnet.info_hash(), kV1);
    EXPECT_EQ(magnet.name, "a name 2");
    EXPECT_THAT(magnet.trackers, ElementsAre("http://a/announce", "http://b/a+b"));
    EXPECT_THAT(magnet.web_seeds, ElementsAre("http://c/"));
}

TEST(Magnet, ReadsBothHashesInEveryForm) {
    EXPECT_EQ(parse_magnet(fmt::format("magnet:?xt=urn:btih:{}", kV1Base32)).info_hash_v1, kV1);
    EXPECT_EQ(parse_magnet("magnet:?xt=urn:btih:aerukz4jvpg66ajdivtytk6n54asgrlh").info_hash_v1, kV1);
    const Magnet hybrid = parse_magnet(fmt::format(
        " MAGNET:?XT.1=URN:BTMH:1220{}&xt=urn%3AbtIH%3A0123456789ABCDEF0123456789abcdef01234567\r\n", kV2));
    EXPECT_EQ(hybrid.info_hash_v1, kV1);
    EXPECT_EQ(hybrid.info_hash_v2, kV2);
    EXPECT_EQ(hybrid.info_hash(), kV1);
    EXPECT_EQ(parse_magnet("magnet:?xt=urn:btmh:1220" + kV2).info_hash(), kV2);
    EXPECT_EQ(
        parse_magnet(fmt::format("magnet:?xt=urn:ed2k:31D6CFE0D16AE931&xt=urn:btih:{}", kV1)).info_hash(),
        kV1);
}

TEST(Magnet, ReadsPeersByAddressAndByName) {
    const Magnet magnet = parse_magnet(fmt::format(
        "magnet:?xt=urn:btih:{}&x.pe=127.0.0.1%3A7001&x.pe=10.0.0.1:7002&x.pe=%5B%3A%3A1%5D%3A7003"
        "&x.pe=host.example:7004&x.pe=nonsense&x.pe=10.0.0.1:0&x.pe=%zz&dht=10.0.0.2:6881",
        kV1));
    EXPECT_THAT(magnet.peers,
                ElementsAre("127.0.0.1:7001", "10.0.0.1:7002", "[::1]:7003", "host.example:7004"));
    EXPECT_THAT(magnet.dht_nodes, ElementsAre("10.0.0.2:6881"));
}

TEST(Magnet, ReadsTheChoiceOfFiles) {
    const auto chosen = [](const std::string& so) {
        return parse_magnet(fmt::format("magnet:?xt=urn:btih:{}&{}", kV1, so)).files;
    };
    using Range = Magnet::FileRange;
    EXPECT_THAT(chosen("so=2"), ElementsAre(Range{2, 2}));
    EXPECT_THAT(chosen("so=0,2%2C4-6&so=99"),
                ElementsAre(Range{0, 0}, Range{2, 2}, Range{4, 6}, Range{99, 99}));
    EXPECT_THAT(chosen("so="), IsEmpty());
    for (const char* bad : {"so=a", "so=3-", "so=-4", "so=7-4", "so=1-2-3", "so=\"1\"", "so=99999999999"})
        EXPECT_THAT(why(fmt::format("magnet:?xt=urn:btih:{}&{}", kV1, bad)),
                    HasSubstr("no selection of files"))
            << bad;
}

TEST(Magnet, RefusesWhatIsNoneAndSaysWhy) {
    EXPECT_THAT(why("http://x"), HasSubstr("not a magnet link"));
    EXPECT_THAT(why(""), HasSubstr("not a magnet link"));
    EXPECT_THAT(why("magnet:"), HasSubstr("not a magnet link"));
    EXPECT_THAT(why("magnet:?dn=x"), HasSubstr("names no torrent"));
    EXPECT_THAT(why("magnet:?xt=urn:ed2k:31D6CFE0D16AE931"), HasSubstr("names no torrent"));
    EXPECT_THAT(why("magnet:?xt=urn:btih:12"), HasSubstr("'12' is neither 40 hex digits nor"));
    EXPECT_THAT(why(fmt::format("magnet:?xt=urn:btih:{:z>40}", "")), HasSubstr("neither 40 hex digits nor"));
    EXPECT_THAT(why(fmt::format("magnet:?xt=urn:btih:{:1>32}", "")), HasSubstr("neither 40 hex digits nor"));
    EXPECT_THAT(why(fmt::format("magnet:?xt=urn:btih:{:0>40}", "")), HasSubstr("all zeros"));
    EXPECT_THAT(why("magnet:?xt=urn:btih:%4"), HasSubstr("escape"));
    EXPECT_THAT(why("magnet:?xt=urn:btmh:1114" + kV2), HasSubstr("1220 and 64 hex digits"));
    EXPECT_THAT(why("magnet:?xt=urn:btmh:1220" + kV2.substr(1)), HasSubstr("1220 and 64 hex digits"));
}

TEST(Magnet, SurvivesRandomDamage) {
    const std::string whole = fmt::format(
        "magnet:?xt=urn:btih:{}&xt=urn:btmh:1220{}&dn=a%20b&x.pe=[::1]:7003&so=1,3-5&tr=http%3A%2F%2Fa%2F",
        kV1, kV2);
    std::mt19937_64 random(3);
    for (int round = 0; round < 20'000; ++round) {
        std::string link = whole;
        for (int i = 0; i < 3; ++i) link[random() % link.size()] = static_cast<char>(random());
        try {
            EXPECT_FALSE(parse_magnet(link).info_hash().empty());
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kBadTorrent);
        }
    }
}

TEST(AsMagnet, TakesLinksAndBareHashes) {
    EXPECT_EQ(as_magnet("  magnet:?xt=urn:btih:x "), "magnet:?xt=urn:btih:x");
    EXPECT_EQ(as_magnet("Magnet:?x"), "Magnet:?x");
    EXPECT_EQ(as_magnet(kV1), fmt::format("magnet:?xt=urn:btih:{}", kV1));
    EXPECT_EQ(as_magnet(kV1Base32), fmt::format("magnet:?xt=urn:btih:{}", kV1Base32));
    EXPECT_EQ(as_magnet("\t" + kV2 + "\n"), "magnet:?xt=urn:btmh:1220" + kV2);
    for (const char* other : {"", "x.torrent", "http://a/", "0123456789abcdef0123456789abcdef0123456"})
        EXPECT_EQ(as_magnet(other), "") << other;
}

TEST(Unescaped, TurnsEscapesIntoBytes) {
    EXPECT_EQ(unescaped("a%20%C3%BC"), "a \xc3\xbc");
    EXPECT_EQ(unescaped(""), "");
    for (const char* bad : {"%", "%2", "a%zz", "%2%20"}) EXPECT_EQ(unescaped(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace shoal::client
