#include "tracker/model/id.hpp"

#include <gtest/gtest.h>

namespace shoal::tracker {
namespace {

TEST(ParseInfoHash, TakesTheHashesOfV1AndV2) {
    const std::string v1 = "0123456789abcdef0123456789ABCDEF01234567";
    const std::string v2 = v1 + "89abcdef0123456789abcdef";
    ASSERT_TRUE(parse_info_hash(v1));
    EXPECT_EQ(parse_info_hash(v1)->hex(), "0123456789abcdef0123456789abcdef01234567");
    EXPECT_EQ(parse_info_hash(v2), parse_info_hash(v1)) << "peers announce the first 20 bytes (BEP 52)";
}

TEST(ParseInfoHash, RefusesEverythingElse) {
    const std::string v1(40, 'a');
    for (const std::string& bad : {std::string(), v1.substr(1), v1 + "a", v1.substr(1) + "g",
                                   std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g",
                                   std::string(30, 'a') + "-" + std::string(33, 'a'), std::string(128, 'a')})
        EXPECT_FALSE(parse_info_hash(bad)) << bad;
}

}  // namespace
}  // namespace shoal::tracker
