#include "client/swarm/magnet.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "common/error.hpp"

namespace shoal::client {
namespace {

constexpr const char* kV1 = "0123456789abcdef0123456789abcdef01234567";

TEST(Magnet, HasHashNameAndTrackers) {
    const Magnet magnet = parse_magnet(fmt::format(
        "magnet:?xt=urn:btih:{}&dn=a%20name&tr=http%3A%2F%2Fa%2Fannounce&tr=http://b/announce", kV1));
    EXPECT_EQ(magnet.info_hash(), kV1);
    EXPECT_EQ(magnet.name, "a name");
    EXPECT_EQ(magnet.trackers, (std::vector<std::string>{"http://a/announce", "http://b/announce"}));
}

TEST(Magnet, UnderstandsBase32AndV2) {
    EXPECT_EQ(parse_magnet("magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH").info_hash_v1, kV1);
    const std::string v2(64, 'a');
    EXPECT_EQ(parse_magnet(fmt::format("magnet:?xt=urn:btmh:1220{}", v2)).info_hash(), v2);
    const Magnet hybrid = parse_magnet(fmt::format("magnet:?xt=urn:btmh:1220{}&xt=urn:btih:{}", v2, kV1));
    EXPECT_EQ(hybrid.info_hash_v1, kV1);
    EXPECT_EQ(hybrid.info_hash_v2, v2);
    EXPECT_EQ(hybrid.info_hash(), kV1);
}

TEST(Magnet, RefusesWhatIsNone) {
    for (const char* text : {"magnet:", "magnet:?dn=x", "magnet:?xt=urn:btih:12", "http://x", ""}) {
        try {
            parse_magnet(text);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kBadTorrent) << text;
        }
    }
}

}  // namespace
}  // namespace shoal::client
