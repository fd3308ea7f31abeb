#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip_address.hpp"
#include "tracker/model/id.hpp"

namespace shoal::tracker {

enum class Event : std::uint8_t { kNone, kStarted, kStopped, kCompleted, kPaused };

enum class AddressFamily : std::uint8_t { kBoth, kIpv4, kIpv6 };

/// What a peer says in an announce, over HTTP (BEP 3) or UDP (BEP 15).
struct AnnounceRequest {
    InfoHash info_hash;
    PeerId peer_id;
    std::uint32_t key = 0;  ///< with the peer id it names a host, whatever address it comes from (BEP 7)
    std::uint16_t port = 0;
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::optional<std::uint64_t> left;  ///< without it the peer is a leecher
    Event event = Event::kNone;
    std::optional<std::uint32_t> numwant;
    bool compact = true;  ///< BEP 23
    bool no_peer_id = false;
    AddressFamily family = AddressFamily::kBoth;  ///< which peers the answer can carry: of one, over UDP
    /// What the peer claims to be reachable at; only believed from a trusted source.
    std::optional<IpAddress> ip;
    std::optional<IpAddress> ipv4;
    std::optional<IpAddress> ipv6;
};

/// Where a peer can be dialled; port 0: not over that family.
struct PeerContact {
    PeerId peer_id;
    std::array<std::uint8_t, 4> ipv4{};
    std::array<std::uint8_t, 16> ipv6{};
    std::uint16_t port4 = 0;
    std::uint16_t port6 = 0;

    void set(const IpAddress& address, std::uint16_t port);
    bool operator==(const PeerContact&) const = default;
};

struct SwarmCounts {
    std::uint32_t complete = 0;     ///< seeds
    std::uint32_t incomplete = 0;   ///< all others
    std::uint32_t downloaders = 0;  ///< incomplete without partial seeds (BEP 21)
    std::uint32_t downloaded = 0;   ///< peers that ever completed
};

struct AnnounceAnswer {
    std::uint32_t interval = 0;      ///< seconds
    std::uint32_t min_interval = 0;  ///< seconds
    SwarmCounts counts;
    std::vector<PeerContact> peers;
    std::optional<IpAddress> external_ip;  ///< BEP 24
    std::string_view tracker_id;           ///< empty: none. The client says it again, as `trackerid`
};

inline void PeerContact::set(const IpAddress& address, std::uint16_t port) {
    const auto raw = address.bytes();
    if (address.is_v6()) {
        std::memcpy(ipv6.data(), raw.data(), ipv6.size());
        port6 = port;
    } else {
        std::memcpy(ipv4.data(), raw.data(), ipv4.size());
        port4 = port;
    }
}

}  // namespace shoal::tracker
