#include "tracker/web/api_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::tracker {
namespace {

using ::testing::HasSubstr;

std::string torrents_problem(std::string_view text) {
    const auto parsed = parse_torrent_query(text);
    const auto* problem = std::get_if<std::string>(&parsed);
    return problem == nullptr ? "taken" : *problem;
}

std::string peers_problem(std::string_view text) {
    const auto parsed = parse_peer_query(text);
    const auto* problem = std::get_if<std::string>(&parsed);
    return problem == nullptr ? "taken" : *problem;
}

TEST(TorrentQuery, HasDefaultsAndReadsEveryParameter) {
    const auto plain = std::get<TorrentQuery>(parse_torrent_query(""));
    EXPECT_FALSE(plain.filter.registered);
    EXPECT_EQ(plain.limit, 1000u);
    EXPECT_FALSE(plain.details);
    const auto query = std::get<TorrentQuery>(
        parse_torrent_query("registered=true&text=a%20b&sort=activity&offset=20&limit=10&details=1"));
    EXPECT_EQ(query.filter.registered, true);
    EXPECT_EQ(query.filter.text, "a b");
    EXPECT_EQ(query.filter.order, TorrentOrder::kActivity);
    EXPECT_EQ(query.offset, 20u);
    EXPECT_EQ(query.limit, 10u);
    EXPECT_TRUE(query.details);
}

TEST(TorrentQuery, SaysWhatIsWrong) {
    EXPECT_EQ(torrents_problem("registered=maybe"), "'registered' must be true or false");
    EXPECT_THAT(torrents_problem("limit=10001"), HasSubstr("up to 10000"));
    EXPECT_THAT(torrents_problem("limit="), HasSubstr("up to 10000"));
    EXPECT_THAT(torrents_problem("offset=-1"), HasSubstr("a whole number"));
    EXPECT_THAT(torrents_problem("offset=99999999999999999999999"), HasSubstr("a whole number"));
    EXPECT_THAT(torrents_problem("text=%4"), HasSubstr("invalid % escape"));
    EXPECT_THAT(torrents_problem("sort=name"), HasSubstr("newest or activity"));
    EXPECT_EQ(torrents_problem("registred=true"), "the parameter 'registred' is unknown")
        << "a misspelt filter must not answer with everything";
}

TEST(PeerQuery, ReadsStateSiteAndPage) {
    const auto query =
        std::get<PeerQuery>(parse_peer_query("state=partial-seed&site=hall-1&offset=5&limit=7"));
    EXPECT_EQ(query.filter, PeerFilter::kPartialSeeds);
    EXPECT_EQ(query.site, "hall-1");
    EXPECT_EQ(query.offset, 5u);
    EXPECT_EQ(query.most, 7u);
    EXPECT_EQ(std::get<PeerQuery>(parse_peer_query("site=")).site, "") << "peers of no site";
    EXPECT_EQ(std::get<PeerQuery>(parse_peer_query("")).most, 10'000u);
    EXPECT_THAT(peers_problem("state=seeds"), HasSubstr("all, leecher, stalled"));
    EXPECT_THAT(peers_problem("details=1"), HasSubstr("unknown"));
}

}  // namespace
}  // namespace shoal::tracker
