#include "tracker/access/access_control.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracker/access/rate_limiter.hpp"

namespace shoal::tracker {
namespace {

const std::string kHex = "6161616161616161616161616161616161616161";

InfoHash hash(char c) {
    return *InfoHash::from_bytes(std::string(20, c));
}

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
    static std::optional<Failure> refusal(AccessControl& access, std::string_view key,
                                          std::optional<InfoHash> swarm = std::nullopt) {
        const auto admitted = access.admit({ip("10.0.0.1"), {}, key}, swarm ? &*swarm : nullptr, 0);
        const auto* failure = std::get_if<Failure>(&admitted);
        return failure == nullptr ? std::nullopt : std::optional(*failure);
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
    EXPECT_FALSE(refusal(access, "", InfoHash{}));
}

TEST_F(AccessControlTest, ServesTheAllowListAndWhatIsRegistered) {
    AccessOptions options;
    options.allow_list = file("# our torrents\n\n  " + kHex + " model.bin\r\n" + std::string(64, 'B') + "\n");
    AccessControl access(options);
    EXPECT_FALSE(refusal(access, "", hash('a')));
    EXPECT_FALSE(refusal(access, "", hash('\xbb'))) << "a v2 hash, truncated";
    const auto other = hash('z');
    ASSERT_TRUE(refusal(access, "", other));
    EXPECT_GT(refusal(access, "", other)->retry_in_minutes, 0u) << "it may be registered later";
    access.allow(other);
    EXPECT_FALSE(refusal(access, "", other));
    file("");
    access.reload();
    EXPECT_TRUE(refusal(access, "", hash('a'))) << "taken off the list";
    EXPECT_FALSE(refusal(access, "", other));
}

TEST_F(AccessControlTest, AsksForAKey) {
    AccessOptions options;
    options.key_file = file("abcd1234 hall-1\nXYZ_-9876 hall-2 # until May\n");
    AccessControl access(options);
    EXPECT_TRUE(refusal(access, ""));
    EXPECT_TRUE(refusal(access, "abcd123"));
    EXPECT_FALSE(refusal(access, "abcd1234"));
    EXPECT_FALSE(refusal(access, "XYZ_-9876"));
    file("abcd1234 hall-1\n");
    access.reload();
    EXPECT_TRUE(refusal(access, "XYZ_-9876")) << "revoked";
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

TEST_F(AccessControlTest, CountsTheEntriesOfItsFiles) {
    EXPECT_EQ(AccessControl({}).counts().allowed, std::nullopt);
    EXPECT_EQ(AccessControl({}).counts().keys, std::nullopt);
    AccessOptions options;
    options.allow_list = file("\xef\xbb\xbf" + kHex + "\n\n# " + kHex + "\n" + std::string(40, 'b') + "\n");
    AccessControl access(options);
    EXPECT_EQ(access.counts().allowed, 2u) << "a byte order mark is no part of the first entry";
    EXPECT_EQ(access.counts().keys, std::nullopt);
    access.allow(hash('z'));
    EXPECT_EQ(access.counts().allowed, 2u) << "registered ones are not in the file";
    file("");
    access.reload();
    EXPECT_EQ(access.counts().allowed, 0u);
}

TEST_F(AccessControlTest, KeepsWhatItHadWhenAReloadFails) {
    AccessOptions options;
    options.key_file = file("abcd1234 hall-1\n");
    AccessControl access(options);
    file("x");
    EXPECT_THROW(access.reload(), Error);
    EXPECT_FALSE(refusal(access, "abcd1234"));
}

/// Two proxies are trusted: 10.9.0.0/16 and 2001:db8::/64.
class ProxyTest : public testing::Test {
  protected:
    static AccessOptions options() {
        AccessOptions options;
        options.trusted_proxies = {*IpNetwork::parse("10.9.0.0/16"), *IpNetwork::parse("2001:db8::/64")};
        options.external_address = ip("192.0.2.1");
        return options;
    }
    Source source(const char* connection, std::vector<std::string_view> lines) {
        return std::get<Source>(access.admit({ip(connection), lines, {}}, nullptr, 0));
    }
    std::string address(const char* connection, std::vector<std::string_view> lines) {
        return source(connection, std::move(lines)).address.to_string();
    }
    /// "address:port" in IPv4 and IPv6, of a peer with port 6881.
    std::string contact(const AnnounceRequest& request, const Source& from) {
        const PeerContact contact = access.contact_of(request, from);
        std::string text;
        if (contact.has_ipv4()) text += Endpoint{IpAddress::v4(contact.ipv4), contact.port4}.to_string();
        if (contact.has_ipv6()) text += Endpoint{IpAddress::v6(contact.ipv6), contact.port6}.to_string();
        return text;
    }
    static AnnounceRequest request(std::uint16_t port = 6881) {
        AnnounceRequest request;
        request.port = port;
        return request;
    }
    static AnnounceRequest claiming(const char* address) {
        AnnounceRequest request = ProxyTest::request();
        request.ip = Endpoint{ip(address), 0};
        return request;
    }

    AccessControl access{options()};
    const Source proxy{ip("10.9.0.1"), true, true};
};

TEST_F(ProxyTest, NamesTheRightMostUntrustedAddress) {
    EXPECT_EQ(address("10.9.0.1", {"1.2.3.4"}), "1.2.3.4");
    EXPECT_EQ(address("10.9.0.1", {"6.6.6.6, 1.2.3.4"}), "1.2.3.4") << "what is left of it, the client wrote";
    EXPECT_EQ(address("10.9.0.1", {"6.6.6.6,1.2.3.4 , 10.9.0.2"}), "1.2.3.4");
    EXPECT_EQ(address("10.9.0.1", {"6.6.6.6", "1.2.3.4"}), "1.2.3.4") << "HAProxy adds a line of its own";
    EXPECT_EQ(address("10.9.0.1", {"6.6.6.6, 7.7.7.7", "1.2.3.4 ,10.9.0.3", "10.9.0.2"}), "1.2.3.4");
    EXPECT_EQ(address("10.9.0.1", {"6.6.6.6", "2001:DB8:1::5", "2001:db8::2"}), "2001:db8:1::5");
    EXPECT_EQ(address("2001:db8::1", {"[2001:db8:1::5]:443"}), "2001:db8:1::5");
    EXPECT_EQ(address("2001:db8::1", {"[2001:db8:1::5]"}), "2001:db8:1::5");
    EXPECT_EQ(address("10.9.0.1", {"::ffff:1.2.3.4"}), "1.2.3.4");
    EXPECT_EQ(address("10.9.0.1", {"\t1.2.3.4:5678 "}), "1.2.3.4");
    EXPECT_EQ(address("10.9.0.1", {"1.2.3.4", "", ",,,"}), "1.2.3.4") << "empty parts are none";
    EXPECT_EQ(address("10.9.0.1", {}), "10.9.0.1");
    EXPECT_EQ(address("10.9.0.1", {",,,"}), "10.9.0.1");
    EXPECT_EQ(address("10.8.0.1", {"1.2.3.4"}), "10.8.0.1") << "not a proxy of ours";
}

TEST_F(ProxyTest, IsBelievedWhileItNamesNobody) {
    EXPECT_TRUE(source("10.9.0.1", {}).believed);
    EXPECT_TRUE(source("10.9.0.1", {"10.9.0.7"}).believed);
    EXPECT_FALSE(source("10.9.0.1", {"1.2.3.4"}).believed);
    EXPECT_FALSE(source("10.8.0.1", {}).believed);
    EXPECT_EQ(contact(claiming("10.0.0.7"), proxy), "10.0.0.7:6881");
    EXPECT_EQ(contact(claiming("10.0.0.7"), {ip("10.0.0.1")}), "10.0.0.1:6881");
    EXPECT_EQ(contact(request(), {ip("127.0.0.1")}), "192.0.2.1:6881") << "the external address";
}

TEST_F(ProxyTest, DoesNotStandInForAClientItHides) {
    for (const char* line : {"unknown", "_hidden", "0.0.0.0", "::", "1.2.3.4, unknown"}) {
        const Source hidden = source("10.9.0.1", {line});
        EXPECT_EQ(hidden.address.to_string(), "10.9.0.1") << line;
        EXPECT_EQ(contact(request(), hidden), "10.9.0.1:0") << line << ": nobody is to dial the proxy";
        EXPECT_EQ(contact(claiming("10.0.0.7"), hidden), "10.9.0.1:0") << line << ": any client may say that";
    }
}

TEST_F(ProxyTest, LimitsTheRateOfTheClientNotItsOwn) {
    AccessOptions limited = options();
    limited.requests_per_second = 1;
    AccessControl desk(limited);
    const auto refused = [&](std::vector<std::string_view> lines) {
        return std::holds_alternative<Failure>(desk.admit({ip("10.9.0.1"), lines, {}}, nullptr, 1000));
    };
    EXPECT_FALSE(refused({"6.6.6.1", "1.2.3.4"}));
    EXPECT_FALSE(refused({"6.6.6.2", "1.2.3.4"}));
    EXPECT_TRUE(refused({"6.6.6.3", "1.2.3.4"})) << "forged lines do not make it another client";
    EXPECT_FALSE(refused({"1.2.3.4", "1.2.3.5"}));
}

TEST_F(ProxyTest, KeepsThePortOfAnAddressThatHasOne) {
    AnnounceRequest both = request();
    both.ipv4 = Endpoint{ip("10.0.0.7"), 7000};
    both.ipv6 = Endpoint{ip("2001:db8:1::7"), 0};
    EXPECT_EQ(contact(both, proxy), "10.0.0.7:7000[2001:db8:1::7]:6881");
}

TEST_F(ProxyTest, HandsOutNoAddressThatNobodyCanDial) {
    for (const char* nowhere : {"0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"}) {
        EXPECT_EQ(contact(claiming(nowhere), proxy), std::string(nowhere) + ":0");
        EXPECT_EQ(contact(request(), {ip(nowhere)}), std::string(nowhere) + ":0");
    }
    for (const char* nowhere : {"fe80::1", "febf::1", "ff02::1", "::10.0.0.1"}) {
        EXPECT_EQ(contact(claiming(nowhere), proxy), "[" + std::string(nowhere) + "]:0");
        EXPECT_EQ(contact(request(), {ip(nowhere)}), "[" + std::string(nowhere) + "]:0");
    }
    EXPECT_EQ(contact(claiming("0.0.0.0"), proxy), "10.9.0.1:0")
        << "tells the proxy's clients apart by their ids";
    EXPECT_EQ(contact(claiming("::"), proxy), "10.9.0.1:0");
    for (const char* somewhere : {"1.0.0.1", "169.254.0.1", "223.255.255.255", "100.64.0.1"})
        EXPECT_EQ(contact(request(), {ip(somewhere)}), std::string(somewhere) + ":6881");
    for (const char* somewhere : {"fc00::1", "fec0::1", "64:ff9b::102:304", "2001:db8::1"})
        EXPECT_EQ(contact(request(), {ip(somewhere)}), "[" + std::string(somewhere) + "]:6881");
}

TEST_F(ProxyTest, HandsOutNoPortOfAClientThatDoesNotListen) {
    EXPECT_EQ(contact(request(0), {ip("10.0.0.1")}), "10.0.0.1:0");
    EXPECT_EQ(contact(request(1), {ip("10.0.0.1")}), "10.0.0.1:0") << "libtorrent says so";
    EXPECT_EQ(contact(request(2), {ip("10.0.0.1")}), "10.0.0.1:2");
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
