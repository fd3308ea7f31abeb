#include "tracker/shared/redis_master.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/tracker/shared/redis_server.hpp"

namespace shoal::tracker {
namespace {

constexpr auto kTimeout = std::chrono::seconds(3);

std::string failure_of(const RedisAddress& address, RedisFailure::Kind kind) {
    try {
        connect_to_master(address, kTimeout);
    } catch (const RedisFailure& failure) {
        EXPECT_EQ(failure.kind(), kind) << failure.what();
        return failure.what();
    }
    return "it connected";
}

TEST(RedisMaster, TakesTheOneOfSeveralThatTakesWrites) {
    const test::RedisServer master;
    const test::RedisServer replica("", master.replica_options());
    const RedisNode nobody{"127.0.0.1", 1};
    const RedisAddress all{{nobody, replica.node(), master.node()}, "", "", 0};
    EXPECT_EQ(text_of(*connect_to_master(all, kTimeout)->command({"SET", "a", "b"})), "OK");
    const std::string why = failure_of({{nobody, replica.node()}, "", "", 0}, RedisFailure::Kind::kAway);
    EXPECT_NE(why.find("127.0.0.1:1: Connection refused"), std::string::npos) << why;
    EXPECT_NE(why.find(replica.node().to_string() + ": it is a replica"), std::string::npos) << why;
}

TEST(RedisMaster, WaitsOnlyWhereOneOfSeveralMayCome) {
    const test::RedisServer locked("right");
    const RedisNode nobody{"127.0.0.1", 1};
    const std::string why = failure_of({{locked.node()}, "", "wrong", 0}, RedisFailure::Kind::kRefused);
    EXPECT_TRUE(why.starts_with("WRONGPASS")) << why;
    failure_of({{locked.node(), nobody}, "", "wrong", 0}, RedisFailure::Kind::kAway);
}

TEST(RedisMaster, TellsARedisFromASentinel) {
    const test::RedisServer redis;
    const std::string why = failure_of({{redis.node()}, "fleet", "", 0}, RedisFailure::Kind::kRefused);
    EXPECT_NE(why.find("ERR unknown command 'SENTINEL'"), std::string::npos) << why;
}

}  // namespace
}  // namespace shoal::tracker
