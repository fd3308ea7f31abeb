#pragma once

#include <cstdint>

#include "common/ip_address.hpp"

namespace shoal::tracker::udp {

/// The 64-bit numbers that prove that a UDP client receives at its address (BEP 15). Nothing is kept for a
/// client: the number is a keyed hash (SipHash-2-4) of the address and the minute.
class ConnectionIds {
  public:
    /// @param key  128 random bits
    ConnectionIds(std::uint64_t key0, std::uint64_t key1) : key0_(key0), key1_(key1) {}

    /// @param now  seconds
    [[nodiscard]] std::uint64_t issue(const IpAddress& address, std::uint32_t now) const;
    /// Valid for one to two minutes.
    [[nodiscard]] bool valid(std::uint64_t id, const IpAddress& address, std::uint32_t now) const;

  private:
    [[nodiscard]] std::uint64_t hash(const IpAddress& address, std::uint64_t minute) const;

    std::uint64_t key0_;
    std::uint64_t key1_;
};

}  // namespace shoal::tracker::udp
