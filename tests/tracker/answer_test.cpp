#include "tracker/protocol/answer.hpp"

#include <gtest/gtest.h>

namespace shoal::tracker {
namespace {

PeerContact peer(const char* address, std::uint16_t port) {
    PeerContact contact;
    contact.peer_id = *PeerId::from_bytes("-SH0001-bbbbbbbbbbbb");
    contact.set(*IpAddress::parse(address), port);
    return contact;
}

AnnounceAnswer answer() {
    AnnounceAnswer answer;
    answer.interval = 30;
    answer.min_interval = 15;
    answer.counts = {1, 2, 1, 3};
    answer.peers = {peer("10.0.0.1", 0x1ae1), peer("2001:db8::1", 80)};
    return answer;
}

const std::string kFront = "d8:completei1e10:downloadedi3e11:downloadersi1e";
const std::string kMiddle = "10:incompletei2e8:intervali30e12:min intervali15e";

TEST(WriteAnnounce, NamesTheTrackerLast) {
    std::string out;
    AnnounceAnswer named = answer();
    named.peers.clear();
    named.tracker_id = "t1";
    write_announce(named, {}, out);
    EXPECT_EQ(out, kFront + kMiddle + "5:peers0:10:tracker id2:t1e");
}

TEST(WriteAnnounce, IsCompactByDefault) {
    std::string out = "what was there before";
    write_announce(answer(), {}, out);
    const std::string six("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50", 18);
    EXPECT_EQ(out, kFront + kMiddle + "5:peers6:\x0a" + std::string("\0\0\1\x1a\xe1", 5) +
                       "6:peers618:" + six + "e");
}

TEST(WriteAnnounce, ListsDictionariesOnRequest) {
    AnnounceRequest request;
    request.compact = false;
    std::string out;
    write_announce(answer(), request, out);
    EXPECT_EQ(out, kFront + kMiddle +
                       "5:peersld2:ip8:10.0.0.17:peer id20:-SH0001-bbbbbbbbbbbb4:porti6881ee"
                       "d2:ip11:2001:db8::17:peer id20:-SH0001-bbbbbbbbbbbb4:porti80eeee");
    request.no_peer_id = true;
    write_announce(answer(), request, out);
    EXPECT_EQ(out, kFront + kMiddle + "5:peersld2:ip8:10.0.0.14:porti6881eed2:ip11:2001:db8::14:porti80eeee");
}

TEST(WriteAnnounce, TellsTheExternalAddress) {
    AnnounceAnswer with_ip = answer();
    with_ip.peers.clear();
    with_ip.external_ip = IpAddress::parse("10.1.2.3");
    std::string out;
    write_announce(with_ip, {}, out);
    EXPECT_EQ(out, kFront + "11:external ip4:\x0a\x01\x02\x03" + kMiddle + "5:peers0:e");
}

TEST(WriteScrape, SortsItsKeysAndDropsDoubles) {
    const auto a = *InfoHash::from_bytes("aaaaaaaaaaaaaaaaaaaa");
    const auto b = *InfoHash::from_bytes("bbbbbbbbbbbbbbbbbbbb");
    std::string out;
    write_scrape({{b, {4, 5, 3, 6}}, {a, {}}, {b, {4, 5, 3, 6}}}, 10, out);
    EXPECT_EQ(out,
              "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei0e10:downloadedi0e11:downloadersi0e"
              "10:incompletei0ee20:bbbbbbbbbbbbbbbbbbbbd8:completei4e10:downloadedi6e11:downloadersi3e"
              "10:incompletei5eee5:flagsd20:min_request_intervali10eee");
}

TEST(WriteFailure, SaysWhenToRetry) {
    std::string out;
    write_failure({"no such swarm", 5}, out);
    EXPECT_EQ(out, "d14:failure reason13:no such swarm8:retry ini5ee");
    write_failure({"bad port"}, out);
    EXPECT_EQ(out, "d14:failure reason8:bad port8:retry in5:nevere") << "BEP 31";
}

}  // namespace
}  // namespace shoal::tracker
