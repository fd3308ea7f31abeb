#include "client/source/resolve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"

namespace shoal::client {
namespace {

TEST(Resolve, TakesLiteralsAsTheyAre) {
    EXPECT_EQ(resolve("10.1.2.3:6881"), std::vector<Endpoint>{*Endpoint::parse("10.1.2.3:6881")});
    EXPECT_EQ(resolve("[fd00::1]:6881"), std::vector<Endpoint>{*Endpoint::parse("[fd00::1]:6881")});
}

TEST(Resolve, AsksTheSystemForNames) {
    EXPECT_THAT(resolve("localhost:7"), testing::Contains(*Endpoint::parse("127.0.0.1:7")));
}

TEST(Resolve, RefusesWhatIsNoAddress) {
    for (const char* text : {"", "host", "host:", ":6881", "host:0", "host:x", "host:70000", "::1:6881",
                             "a b:6881", "0.0.0.0:6881", "10.0.0.1:0"}) {
        try {
            resolve(text);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kUsage) << text;
        }
    }
}

}  // namespace
}  // namespace shoal::client
