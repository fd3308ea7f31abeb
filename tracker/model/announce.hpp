#pragma once

#include <array>
#include <cstdint>
#include <cstring>
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
    std::uint32_t key = 0;   ///< proves at another address that the peer is the same (BEP 7); 0: none
    std::uint16_t port = 0;  ///< 0, or 1 as libtorrent says: it cannot be dialled
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::optional<std::uint64_t> left;  ///< bytes, kMostLeft at most; without it the peer is a leecher
    Event event = Event::kNone;
    std::optional<std::uint32_t> numwant;
    bool compact = true;  ///< BEP 23
    bool no_peer_id = false;
    AddressFamily family = AddressFamily::kBoth;  ///< which peers the answer can carry: of one, over UDP
    /// What the peer claims to be reachable at; only believed from a trusted source.
    /// A port that is 0 is the announce's own.
    std::optional<Endpoint> ip;
    std::optional<Endpoint> ipv4;
    std::optional<Endpoint> ipv6;
};

/// No torrent is larger (8 PiB, the largest whole number that every JSON reader keeps). Clients that do not
/// know yet what is left say numbers such as 2^64 - 1.
constexpr std::uint64_t kMostLeft = std::uint64_t{1} << 53;

struct ScrapeRequest {
    std::vector<InfoHash> info_hashes;
};

/// Who a peer is, and where. An address of zeros: none of that family. Port 0: it cannot be dialled there.
struct PeerContact {
    PeerId peer_id;
    std::array<std::uint8_t, 4> ipv4{};
    std::array<std::uint8_t, 16> ipv6{};
    std::uint16_t port4 = 0;
    std::uint16_t port6 = 0;

    void set(const IpAddress& address, std::uint16_t port);
    [[nodiscard]] bool has_ipv4() const { return ipv4 != decltype(ipv4){}; }
    [[nodiscard]] bool has_ipv6() const { return ipv6 != decltype(ipv6){}; }
    /// IPv4 where it has both.
    [[nodiscard]] IpAddress address() const { return has_ipv4() ? IpAddress::v4(ipv4) : IpAddress::v6(ipv6); }
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
