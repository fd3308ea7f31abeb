#include "tracker/shared/record_bytes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shoal::tracker::shared {
namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

InfoHash hash() {
    return *InfoHash::from_bytes("aaaaaaaaaaaaaaaaaaaa");
}

PeerRecord peer() {
    PeerRecord record;
    record.info_hash = hash();
    record.contact.peer_id = *PeerId::from_bytes("-SH0001-bbbbbbbbbbbb");
    record.contact.set(*IpAddress::parse("10.0.0.1"), 6881);
    record.key = 7;
    record.left = 5;
    record.left_known = true;
    record.first_seen = kNow - 9;
    record.last_seen = kNow;
    record.lifetime = 75;
    record.counted_by = 3;
    return record;
}

Changes batch() {
    Changes changes;
    changes.removed_peers.push_back({0, hash(), peer().contact, kNow, 7});
    SwarmRecord swarm;
    swarm.info_hash = hash();
    swarm.name = "a name";
    swarm.registered = true;
    swarm.registered_at = kNow;
    swarm.size = 9;
    swarm.counts = {{1, 2}, {UINT64_MAX, 4}};
    changes.swarms.push_back(swarm);
    changes.peers.push_back(peer());
    changes.peers.push_back(peer());
    changes.peers[1].contact.set(*IpAddress::parse("2001:db8::1"), 6882);
    return changes;
}

TEST(RecordBytes, GiveBackABatch) {
    const auto read = read_batch(batch_bytes(batch()));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->removed_peers.size(), 1u);
    EXPECT_EQ(read->removed_peers[0].last_seen, kNow);
    EXPECT_EQ(read->removed_peers[0].counted_by, 7u);
    EXPECT_EQ(read->removed_peers[0].contact.ipv4, peer().contact.ipv4);
    ASSERT_EQ(read->swarms.size(), 1u);
    EXPECT_EQ(read->swarms[0].counts, batch().swarms[0].counts);
    EXPECT_EQ(read->swarms[0].name, "a name");
    EXPECT_EQ(read->swarms[0].registered_at, kNow);
    ASSERT_EQ(read->peers.size(), 2u);
    EXPECT_EQ(read->peers[0].contact, peer().contact);
    EXPECT_EQ(read->peers[0].counted_by, 3u);
    EXPECT_EQ(read->peers[0].lifetime, 75u);
    EXPECT_EQ(read->peers[1].contact, batch().peers[1].contact);
}

TEST(RecordBytes, OfAPeerWithIpv4AloneStayPackedInRedis) {
    EXPECT_LE(peer_value(peer()).size(), 64u);
    EXPECT_LE(peer_key(peer().contact).size(), 64u);
}

TEST(RecordBytes, RefuseWhatIsCutOffOrTooLong) {
    const std::string bytes = batch_bytes(batch());
    std::size_t whole = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto read = read_batch(std::string_view(bytes).substr(0, size));
        if (read) ++whole;
    }
    EXPECT_EQ(whole, batch().size()) << "only at the end of a record, where a shorter batch is one too";
    EXPECT_FALSE(read_batch(bytes + "x"));
    const std::string value = peer_value(peer());
    EXPECT_FALSE(read_peer(hash(), peer_key(peer().contact), value + "x"));
    EXPECT_FALSE(read_peer(hash(), peer_key(peer().contact), value.substr(1)));
}

TEST(RecordBytes, RefuseValuesThatNoTrackerWrites) {
    const auto refused = [](auto change) {
        PeerRecord record = peer();
        change(record);
        return !read_peer(hash(), peer_key(record.contact), peer_value(record));
    };
    EXPECT_FALSE(refused([](PeerRecord&) {}));
    EXPECT_TRUE(refused([](PeerRecord& r) { r.left = kMostLeft + 1; }));
    EXPECT_TRUE(refused([](PeerRecord& r) { r.lifetime = 10'000'000; }));
    EXPECT_TRUE(refused([](PeerRecord& r) { r.first_seen = kNow + 1; }));
    EXPECT_TRUE(refused([](PeerRecord& r) { r.contact.ipv4 = {}; }));
    PeerRecord other = peer();
    other.contact.set(*IpAddress::parse("10.0.0.2"), 6881);
    EXPECT_FALSE(read_peer(hash(), peer_key(other.contact), peer_value(peer())))
        << "found under another name";
    for (const std::string& name : {std::string(300, 'a'), std::string("a\nb"), std::string("\xff")}) {
        SwarmRecord swarm = batch().swarms[0];
        swarm.name = name;
        EXPECT_FALSE(read_swarm(hash(), swarm_value(swarm))) << name;
    }
}

TEST(RecordBytes, TakeThePortOfAnAddressThatNobodyCanDial) {
    PeerRecord record = peer();
    record.contact.set(*IpAddress::parse("224.0.0.1"), 6881);
    const auto read = read_peer(hash(), peer_key(record.contact), peer_value(record));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->contact.port4, 0);
}

}  // namespace
}  // namespace shoal::tracker::shared
