#include "common/ip_address.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(IpAddress, ParsesAndPrintsBothFamilies) {
    EXPECT_EQ(IpAddress::parse("10.1.2.3")->to_string(), "10.1.2.3");
    EXPECT_EQ(IpAddress::parse("2001:db8::1")->to_string(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("10.1.2.3")->bytes(), std::string_view("\x0a\x01\x02\x03"));
    EXPECT_EQ(IpAddress::parse("::1")->bytes().size(), 16u);
    for (const char* bad : {"", "10.1.2", "10.1.2.300", "localhost", "::g"})
        EXPECT_FALSE(IpAddress::parse(bad)) << bad;
}

TEST(IpAddress, StoresMappedAddressesAsIPv4) {
    const auto mapped = IpAddress::parse("::ffff:10.1.2.3");
    EXPECT_FALSE(mapped->is_v6());
    EXPECT_EQ(mapped, IpAddress::parse("10.1.2.3"));
}

TEST(IpAddress, KnowsLoopbackAndUnspecified) {
    EXPECT_TRUE(IpAddress::parse("127.8.0.1")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_FALSE(IpAddress::parse("::2")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
    EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
}

TEST(Endpoint, ParsesAddressesWithPorts) {
    EXPECT_EQ(Endpoint::parse("10.0.0.1:6969")->to_string(), "10.0.0.1:6969");
    EXPECT_EQ(Endpoint::parse("[2001:db8::1]:80")->to_string(), "[2001:db8::1]:80");
    EXPECT_EQ(Endpoint::parse(":6969")->to_string(), "0.0.0.0:6969");
    for (const char* bad :
         {"", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "::1:80", "[10.0.0.1]:80", "host:80"}) {
        EXPECT_FALSE(Endpoint::parse(bad)) << bad;
    }
}

}  // namespace
}  // namespace shoal
