#include "tracker/access/access_control.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracker/access/rate_limiter.hpp"

namespace shoal::tracker {
namespace {

const std::string kHex = "6161616161616161616161616161616161616161";

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

class AccessControlTest : public testing::Test {
  protected:
    std::filesystem::path file(const std::string& content) {
        const auto path = folder / "file";
        std::ofstream(path) << content;
        return path;
    }
    std::string error_of(const AccessOptions& options) {
        try {
            const AccessControl access(options);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kUsage);
            return error.what();
        }
        return "";
    }
    test::TemporaryFolder folder;
};

TEST_F(AccessControlTest, LetsEverybodyInByDefault) {
    AccessControl access({});
    EXPECT_FALSE(access.check_key(""));
    EXPECT_FALSE(access.check_swarm({}));
    EXPECT_FALSE(access.check_rate(ip("10.0.0.1"), 0));
}

TEST_F(AccessControlTest, ServesTheAllowListAndWhatIsRegistered) {
    AccessOptions options;
    options.allow_list = file("# our torrents\n\n  " + kHex + " model.bin\r\n" + std::string(64, 'B') + "\n");
    AccessControl access(options);
    EXPECT_FALSE(access.check_swarm(*InfoHash::from_bytes(std::string(20, 'a'))));
    EXPECT_FALSE(access.check_swarm(*InfoHash::from_bytes(std::string(20, '\xbb'))))
        << "a v2 hash, truncated";
    const auto other = *InfoHash::from_bytes(std::string(20, 'z'));
    ASSERT_TRUE(access.check_swarm(other));
    EXPECT_GT(access.check_swarm(other)->retry_in_minutes, 0u) << "it may be registered later";
    access.allow(other);
    EXPECT_FALSE(access.check_swarm(other));
    file("");
    access.reload();
    EXPECT_TRUE(access.check_swarm(*InfoHash::from_bytes(std::string(20, 'a')))) << "taken off the list";
    EXPECT_FALSE(access.check_swarm(other));
}

TEST_F(AccessControlTest, AsksForAKey) {
    AccessOptions options;
    options.key_file = file("abcd1234 hall-1\nXYZ_-9876 hall-2 # until May\n");
    AccessControl access(options);
    EXPECT_TRUE(access.check_key(""));
    EXPECT_TRUE(access.check_key("abcd123"));
    EXPECT_FALSE(access.check_key("abcd1234"));
    EXPECT_FALSE(access.check_key("XYZ_-9876"));
    file("abcd1234 hall-1\n");
    access.reload();
    EXPECT_TRUE(access.check_key("XYZ_-9876")) << "revoked";
}

TEST_F(AccessControlTest, NamesTheLineThatIsWrong) {
    AccessOptions lists;
    lists.allow_list = file(kHex + "\nnonsense\n");
    EXPECT_NE(error_of(lists).find("file:2: an info-hash has 40 hex digits"), std::string::npos);
    AccessOptions keys;
    for (const char* bad : {"short x", "abcd1234", "abcd/1234 x", "abcd1234 a\nabcd1234 b"}) {
        keys.key_file = file(bad);
        EXPECT_NE(error_of(keys), "") << bad;
    }
}

TEST_F(AccessControlTest, KeepsWhatItHadWhenAReloadFails) {
    AccessOptions options;
    options.key_file = file("abcd1234 hall-1\n");
    AccessControl access(options);
    file("x");
    EXPECT_THROW(access.reload(), Error);
    EXPECT_FALSE(access.check_key("abcd1234"));
}

TEST_F(AccessControlTest, TakesTheRightMostUntrustedAddress) {
    AccessOptions options;
    options.trusted_proxies = {*IpNetwork::parse("10.9.0.0/16"), *IpNetwork::parse("2001:db8::/64")};
    const AccessControl access(options);
    const auto source = [&](const char* connection, const char* header) {
        return access.source_of(ip(connection), header).to_string();
    };
    EXPECT_EQ(source("10.9.0.1", "1.2.3.4"), "1.2.3.4");
    EXPECT_EQ(source("10.9.0.1", "6.6.6.6, 1.2.3.4"), "1.2.3.4") << "what is left of it, the client wrote";
    EXPECT_EQ(source("10.9.0.1", "6.6.6.6,1.2.3.4 , 10.9.0.2"), "1.2.3.4");
    EXPECT_EQ(source("2001:db8::1", "[2001:db8:1::5]:443"), "2001:db8:1::5");
    EXPECT_EQ(source("10.9.0.1", "1.2.3.4:5678"), "1.2.3.4");
    EXPECT_EQ(source("10.9.0.1", ""), "10.9.0.1");
    EXPECT_EQ(source("10.9.0.1", "unknown"), "10.9.0.1");
    EXPECT_EQ(source("10.9.0.1", ",,,"), "10.9.0.1");
    EXPECT_EQ(source("10.8.0.1", "1.2.3.4"), "10.8.0.1") << "not a proxy of ours";
}

TEST_F(AccessControlTest, BelievesAddressesOfTrustedSourcesOnly) {
    AccessOptions options;
    options.external_address = ip("192.0.2.1");
    const AccessControl access(options);
    AnnounceRequest request;
    request.port = 80;
    request.ip = ip("10.0.0.7");
    request.ipv6 = ip("2001:db8::7");
    PeerContact contact = access.contact_of(request, ip("10.0.0.1"), false);
    EXPECT_EQ(IpAddress::v4(contact.ipv4), ip("10.0.0.1"));
    EXPECT_EQ(contact.port6, 0);
    contact = access.contact_of(request, ip("10.0.0.1"), true);
    EXPECT_EQ(IpAddress::v4(contact.ipv4), ip("10.0.0.7"));
    EXPECT_EQ(IpAddress::v6(contact.ipv6), ip("2001:db8::7"));
    EXPECT_EQ(IpAddress::v4(access.contact_of(request, ip("127.0.0.1"), false).ipv4), ip("192.0.2.1"));
}

TEST(KeyInPath, IsWhatFollowsTheFirstPart) {
    EXPECT_EQ(key_in_path("/announce"), "");
    EXPECT_EQ(key_in_path("/announce/"), "");
    EXPECT_EQ(key_in_path("/announce/abcd1234"), "abcd1234");
    EXPECT_EQ(key_in_path("/announce/abcd1234/?x=/y"), "abcd1234");
    EXPECT_EQ(key_in_path(""), "");
}

TEST(RateLimiter, RefillsWithTime) {
    RateLimiter limiter(2);
    const auto one = ip("10.0.0.1");
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.admit(one, 1000)) << i;
    EXPECT_FALSE(limiter.admit(one, 1000));
    EXPECT_TRUE(limiter.admit(ip("10.0.0.2"), 1000)) << "another address is not concerned";
    EXPECT_FALSE(limiter.admit(one, 1499));
    EXPECT_TRUE(limiter.admit(one, 1500));
    EXPECT_FALSE(limiter.admit(one, 1500));
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.admit(one, 1'000'000)) << "never more than the burst";
    EXPECT_FALSE(limiter.admit(one, 1'000'000));
}

}  // namespace
}  // namespace shoal::tracker
