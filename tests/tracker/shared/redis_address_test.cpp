#include "tracker/shared/redis_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/error.hpp"

namespace shoal::tracker {
namespace {

TEST(RedisAddress, ReadsAllParts) {
    const RedisAddress plain = RedisAddress::parse("redis://redis.hall1");
    EXPECT_EQ(plain.nodes, (std::vector<RedisNode>{{"redis.hall1", 6379}}));
    EXPECT_EQ(plain.master_name, "");
    EXPECT_EQ(plain.password, "");
    EXPECT_EQ(plain.database, 0u);
    const RedisAddress full = RedisAddress::parse("redis://:p%40ss:/@[2001:db8::1]:7000/15");
    EXPECT_EQ(full.nodes, (std::vector<RedisNode>{{"2001:db8::1", 7000}}));
    EXPECT_EQ(full.password, "p@ss:/");
    EXPECT_EQ(full.database, 15u);
    EXPECT_EQ(full.to_string(), "[2001:db8::1]:7000/15");
    EXPECT_EQ(RedisAddress::parse("redis://10.0.0.5/").database, 0u);
}

TEST(RedisAddress, ReadsSeveralAddresses) {
    const RedisAddress address = RedisAddress::parse("redis://:secret@10.0.0.5,[2001:db8::1]:7000,c:1/2");
    EXPECT_EQ(address.nodes, (std::vector<RedisNode>{{"10.0.0.5", 6379}, {"2001:db8::1", 7000}, {"c", 1}}));
    EXPECT_EQ(address.to_string(), "10.0.0.5:6379,[2001:db8::1]:7000,c:1/2");
}

TEST(RedisAddress, ReadsSentinels) {
    const RedisAddress address =
        RedisAddress::parse("redis+sentinel://:secret@10.0.0.5,10.0.0.6:5000/fleet/3");
    EXPECT_EQ(address.nodes, (std::vector<RedisNode>{{"10.0.0.5", 26379}, {"10.0.0.6", 5000}}));
    EXPECT_EQ(address.master_name, "fleet");
    EXPECT_EQ(address.password, "secret");
    EXPECT_EQ(address.database, 3u);
    EXPECT_EQ(address.to_string(), "10.0.0.5:26379,10.0.0.6:5000/fleet/3");
    EXPECT_EQ(RedisAddress::parse("redis+sentinel://h/fleet").database, 0u);
}

TEST(RedisAddress, SaysWhatToDoInPlaceOfTls) {
    try {
        RedisAddress::parse("rediss://:secret@10.0.0.5");
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kUsage);
        EXPECT_NE(std::string(error.what()).find("stunnel"), std::string::npos) << error.what();
    }
}

TEST(RedisAddress, SaysWhatIsWrongWithoutThePassword) {
    for (const char* url :
         {"", "http://:secret@h", "redis://", "redis://:secret@", "redis://:secret@h:0",
          "redis://:secret@h:65536", "redis://:secret@h:", "redis://:secret@h/x", "redis://:secret@h/65536",
          "redis://:secret%2@h", "redis://user:secret@h", "redis://:secret@[::1", "redis://:secret@[h]:1",
          "rediss://:secret@h", "redis://:secret@a,", "redis://:secret@a,,b", "redis+sentinel://:secret@h",
          "redis+sentinel://:secret@h//1", "redis+sentinel://:secret@h/name/x"}) {
        try {
            RedisAddress::parse(url);
            ADD_FAILURE() << url;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kUsage) << url;
            EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find("--shared"), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace shoal::tracker
