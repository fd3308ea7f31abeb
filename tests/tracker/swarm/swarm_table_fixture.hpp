#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {

inline constexpr UnixSeconds kStart = 1'800'000'000;

inline InfoHash hash(char c) {
    return *InfoHash::from_bytes(std::string(20, c));
}

/// A swarm of hosts that announce to one table.
class SwarmTableTest : public testing::Test {
  protected:
    static PeerContact contact(std::uint32_t host, bool v6 = false) {
        PeerContact contact;
        const auto h = static_cast<std::uint8_t>(host >> 8);
        const auto l = static_cast<std::uint8_t>(host & 255);
        std::string id = "-SH0001-" + std::to_string(1'000'000'000'000 + host).substr(1);
        contact.peer_id = *PeerId::from_bytes(id);
        if (v6) {
            contact.set(IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, h, l}), 6881);
        } else {
            contact.set(IpAddress::v4({10, 0, h, l}), 6881);
        }
        return contact;
    }

    AnnounceAnswer announce(std::uint32_t host, std::optional<std::uint64_t> left, Event event = Event::kNone,
                            std::optional<std::uint32_t> numwant = std::nullopt) {
        return announce_from(contact(host), left, event, numwant);
    }
    AnnounceAnswer announce_from(const PeerContact& from, std::optional<std::uint64_t> left,
                                 Event event = Event::kNone,
                                 std::optional<std::uint32_t> numwant = std::nullopt) {
        AnnounceRequest request;
        request.info_hash = hash('a');
        request.peer_id = from.peer_id;
        request.port = 6881;
        request.left = left;
        request.event = event;
        request.numwant = numwant;
        AnnounceAnswer answer;
        table.announce(request, from, now, answer);
        return answer;
    }
    static std::set<std::string> addresses(const AnnounceAnswer& answer) {
        std::set<std::string> all;
        for (const auto& peer : answer.peers) {
            const bool inserted = all.insert(IpAddress::v4(peer.ipv4).to_string()).second;
            EXPECT_TRUE(inserted) << "twice in one answer";
        }
        return all;
    }
    /// The table that a tracker started again on the store of this one has.
    std::unique_ptr<SwarmTable> after_restart() {
        Changes changes;
        table.take_changes(changes);
        auto other = std::make_unique<SwarmTable>(SwarmOptions{}, [] { return 7u; });
        for (const auto& record : changes.swarms) other->restore(record);
        for (const auto& record : changes.peers) other->restore(record, now);
        other->finish_restore();
        return other;
    }
    /// One sweep looks at a bounded number of peers; these tests have few.
    void sweep() { table.sweep(now); }

    UnixSeconds now = kStart;
    std::uint64_t seed = 1;
    SwarmTable table{SwarmOptions{}, [this] { return seed += 0x9e3779b97f4a7c15u; }};
};

}  // namespace shoal::tracker
