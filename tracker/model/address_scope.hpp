#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/ip_address.hpp"

/// From where an address can be dialled (RFC 6890, RFC 4291).
namespace shoal::tracker {

enum class AddressScope : std::uint8_t {
    kNowhere,  ///< no host's: unspecified, multicast, reserved; or link-local IPv6, which needs a zone
    kMachine,  ///< loopback: from the tracker's own machine
    kLink,     ///< link-local IPv4: from the link that the tracker is on
    kAnywhere
};

inline AddressScope scope_of(const std::array<std::uint8_t, 4>& ipv4) {
    constexpr std::uint8_t kFirstMulticast = 224;  // 224.0.0.0/4 and, behind it, 240.0.0.0/4 with broadcast
    if (ipv4[0] == 0 || ipv4[0] >= kFirstMulticast) return AddressScope::kNowhere;
    if (ipv4[0] == 127) return AddressScope::kMachine;
    return ipv4[0] == 169 && ipv4[1] == 254 ? AddressScope::kLink : AddressScope::kAnywhere;
}

inline AddressScope scope_of(const std::array<std::uint8_t, 16>& ipv6) {
    // ::/96 holds "unspecified", loopback and the deprecated IPv4-compatible addresses.
    if (std::all_of(ipv6.begin(), ipv6.begin() + 12, [](std::uint8_t byte) { return byte == 0; })) {
        const bool loopback = ipv6[12] == 0 && ipv6[13] == 0 && ipv6[14] == 0 && ipv6[15] == 1;
        return loopback ? AddressScope::kMachine : AddressScope::kNowhere;
    }
    const bool multicast = ipv6[0] == 0xff;
    const bool link_local = ipv6[0] == 0xfe && (ipv6[1] & 0xc0) == 0x80;
    return multicast || link_local ? AddressScope::kNowhere : AddressScope::kAnywhere;
}

}  // namespace shoal::tracker
