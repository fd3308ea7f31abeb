#include "tracker/desk/announce_desk.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {
namespace {

InfoHash hash(char c) {
    return *InfoHash::from_bytes(std::string(20, c));
}

class AnnounceDeskTest : public testing::Test {
  protected:
    static AnnounceRequest request(char id, char swarm = 'a') {
        AnnounceRequest request;
        request.info_hash = hash(swarm);
        request.peer_id = *PeerId::from_bytes(std::string(20, id));
        request.port = static_cast<std::uint16_t>(6000 + id);
        request.left = 100;
        return request;
    }
    static Caller caller(const char* address, std::string_view key = {}) {
        return {*IpAddress::parse(address), {}, key};
    }
    std::string reason(const Caller& from, const Parsed<AnnounceRequest>& parsed) {
        const auto failure = desk().announce(from, parsed, answer);
        return failure ? std::string(failure->reason) : "";
    }
    std::string scrape_reason(const Caller& from, const Parsed<ScrapeRequest>& parsed) {
        const auto failure = desk().scrape(from, parsed, counts);
        return failure ? std::string(failure->reason) : "";
    }
    AnnounceDesk& desk() {
        if (!desk_) {
            access_.emplace(options);
            desk_.emplace(swarms, *access_, [] { return UnixSeconds{1'800'000'000}; });
        }
        return *desk_;
    }
    std::filesystem::path file(const char* name, const std::string& content) {
        std::ofstream(folder / name) << content;
        return folder / name;
    }

    test::TemporaryFolder folder;
    AccessOptions options;
    SwarmTable swarms{SwarmOptions{}, [] { return 7u; }};
    AnnounceAnswer answer;
    std::vector<SwarmCounts> counts;

  private:
    std::optional<AccessControl> access_;
    std::optional<AnnounceDesk> desk_;
};

TEST_F(AnnounceDeskTest, AnswersAnAnnounce) {
    EXPECT_EQ(reason(caller("10.0.0.1"), request('x')), "");
    EXPECT_EQ(reason(caller("10.0.0.2"), request('y')), "");
    ASSERT_EQ(answer.peers.size(), 1u);
    EXPECT_EQ(IpAddress::v4(answer.peers[0].ipv4).to_string(), "10.0.0.1");
    EXPECT_EQ(answer.peers[0].port4, 6000 + 'x');
    EXPECT_EQ(answer.external_ip->to_string(), "10.0.0.2") << "BEP 24";
    EXPECT_EQ(answer.counts.incomplete, 2u);
}

TEST_F(AnnounceDeskTest, ServesAClientThatCannotBeDialled) {
    AnnounceRequest silent = request('x');
    silent.port = 1;  // as libtorrent says it
    EXPECT_EQ(reason(caller("10.0.0.1"), silent), "");
    EXPECT_EQ(reason(caller("fe80::1"), request('z')), "");
    EXPECT_EQ(reason(caller("10.0.0.2"), request('y')), "");
    EXPECT_TRUE(answer.peers.empty()) << "nobody is sent to them";
    EXPECT_EQ(answer.counts.incomplete, 3u);
    EXPECT_EQ(reason(caller("10.0.0.1"), silent), "");
    EXPECT_EQ(answer.peers.size(), 1u) << "they can dial";
}

TEST_F(AnnounceDeskTest, RefusesPortZeroOverEachTransport) {
    AnnounceRequest nowhere = request('x');
    nowhere.port = 0;
    EXPECT_EQ(reason(caller("10.0.0.1"), nowhere), "port is not a number from 1 to 65535");
}

TEST_F(AnnounceDeskTest, TellsNobodyTheAddressOfAProxyAsTheirOwn) {
    options.trusted_proxies = {*IpNetwork::parse("10.9.0.0/16")};
    Caller hidden = caller("10.9.0.1");
    const std::vector<std::string_view> lines{"unknown"};
    hidden.forwarded_for = lines;
    EXPECT_EQ(reason(hidden, request('x')), "");
    EXPECT_FALSE(answer.external_ip);
}

TEST_F(AnnounceDeskTest, AsksForRateKeyFormAndSwarmInThisOrder) {
    options.requests_per_second = 1;
    options.key_file = file("keys", "abcd1234 hall-1\n");
    options.allow_list = file("list", "6666666666666666666666666666666666666666\n");
    const Failure malformed{"malformed"};
    EXPECT_NE(reason(caller("10.0.0.1"), malformed).find("asks for a key"), std::string::npos);
    EXPECT_EQ(reason(caller("10.0.0.1", "wrong"), malformed), "this key is not valid here");
    EXPECT_EQ(reason(caller("10.0.0.1", "wrong"), malformed), "too many requests from this address")
        << "malformed ones count too";
    EXPECT_EQ(reason(caller("10.0.0.2", "abcd1234"), malformed), "malformed");
    EXPECT_EQ(reason(caller("10.0.0.2", "abcd1234"), request('x')),
              "this torrent is not registered with this tracker");
    EXPECT_EQ(reason(caller("10.0.0.3", "abcd1234"), request('x', 'f')), "");
    EXPECT_EQ(swarms.totals().swarms, 1u) << "a refused announce leaves nothing behind";
}

TEST_F(AnnounceDeskTest, AnswersAScrapeInTheOrderOfItsHashes) {
    ASSERT_EQ(reason(caller("10.0.0.1"), request('x')), "");
    EXPECT_EQ(scrape_reason(caller("10.0.0.1"), ScrapeRequest{{hash('z'), hash('a')}}), "");
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_EQ(counts[0].incomplete, 0u);
    EXPECT_EQ(counts[1].incomplete, 1u);
    EXPECT_EQ(scrape_reason(caller("10.0.0.1"), ScrapeRequest{}),
              "name the info_hash to scrape; a scrape of everything is not allowed");
    EXPECT_EQ(scrape_reason(caller("10.0.0.1"), Failure{"malformed"}), "malformed");
}

TEST_F(AnnounceDeskTest, AsksAScrapeForRateAndKey) {
    options.requests_per_second = 1;
    options.key_file = file("keys", "abcd1234 hall-1\n");
    EXPECT_NE(scrape_reason(caller("10.0.0.1"), ScrapeRequest{{hash('a')}}).find("asks for a key"),
              std::string::npos);
    EXPECT_EQ(scrape_reason(caller("10.0.0.1", "abcd1234"), ScrapeRequest{{hash('a')}}), "");
    EXPECT_EQ(scrape_reason(caller("10.0.0.1", "abcd1234"), ScrapeRequest{{hash('a')}}),
              "too many requests from this address");
}

}  // namespace
}  // namespace shoal::tracker
