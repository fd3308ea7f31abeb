#include "tracker/shared/redis_address.hpp"

#include <gtest/gtest.h>

#include <string>

#include "common/error.hpp"

namespace shoal::tracker {
namespace {

TEST(RedisAddress, ReadsAllParts) {
    const RedisAddress plain = RedisAddress::parse("redis://redis.hall1");
    EXPECT_EQ(plain.host, "redis.hall1");
    EXPECT_EQ(plain.port, 6379);
    EXPECT_EQ(plain.password, "");
    EXPECT_EQ(plain.database, 0u);
    const RedisAddress full = RedisAddress::parse("redis://:p%40ss:/@[2001:db8::1]:7000/15");
    EXPECT_EQ(full.host, "2001:db8::1");
    EXPECT_EQ(full.port, 7000);
    EXPECT_EQ(full.password, "p@ss:/");
    EXPECT_EQ(full.database, 15u);
    EXPECT_EQ(full.to_string(), "[2001:db8::1]:7000/15");
    EXPECT_EQ(RedisAddress::parse("redis://10.0.0.5/").database, 0u);
}

TEST(RedisAddress, SaysWhatIsWrongWithoutThePassword) {
    for (const char* url : {"", "http://:secret@h", "redis://", "redis://:secret@", "redis://:secret@h:0",
                            "redis://:secret@h:65536", "redis://:secret@h:", "redis://:secret@h/x",
                            "redis://:secret@h/65536", "redis://:secret%2@h", "redis://user:secret@h",
                            "redis://:secret@[::1", "redis://:secret@[h]:1", "rediss://:secret@h"}) {
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
