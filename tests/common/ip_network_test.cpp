#include "common/ip_network.hpp"

#include <gtest/gtest.h>

namespace shoal {
namespace {

bool contains(const char* network, const char* address) {
    return IpNetwork::parse(network)->contains(*IpAddress::parse(address));
}

TEST(IpNetwork, ContainsItsAddresses) {
    EXPECT_TRUE(contains("10.1.0.0/16", "10.1.255.3"));
    EXPECT_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
    EXPECT_TRUE(contains("10.1.2.3", "10.1.2.3"));
    EXPECT_FALSE(contains("10.1.2.3", "10.1.2.4"));
    EXPECT_TRUE(contains("0.0.0.0/0", "10.1.2.4"));
    EXPECT_FALSE(contains("0.0.0.0/0", "::1")) << "families are apart";
    EXPECT_TRUE(contains("2001:db8:8000::/33", "2001:db8:ffff::1"));
    EXPECT_FALSE(contains("2001:db8:8000::/33", "2001:db8:7fff::1"));
}

TEST(IpNetwork, ParsesAndPrints) {
    EXPECT_EQ(IpNetwork::parse("10.1.2.3/8")->to_string(), "10.0.0.0/8");
    EXPECT_EQ(IpNetwork::parse("::1")->to_string(), "::1/128");
    for (const char* bad :
         {"", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "10.0.0/8", "host/8"})
        EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
}

}  // namespace
}  // namespace shoal
